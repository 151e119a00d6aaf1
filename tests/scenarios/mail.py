"""Mail clients of the scenarios, from Python's standard library."""
import poplib
import smtplib
import socket

CRLF = "\r\n"


def message(sender, recipient, subject, body="Hello\r\n"):
    return CRLF.join([f"From: {sender}", f"To: {recipient}", f"Subject: {subject}", "", body]).encode()


def send(server, sender, recipients, data, port="smtp.mx"):
    """Through the MX port; the refused recipients, as smtplib tells them."""
    with smtplib.SMTP("127.0.0.1", server.port(port), local_hostname="client.test", timeout=60) as smtp:
        return smtp.sendmail(sender, recipients, data)


def submit(server, user, password, sender, recipients, data):
    """Through submission with STARTTLS and AUTH."""
    with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), local_hostname="client.test", timeout=60) as smtp:
        smtp.starttls(context=server.tls())
        smtp.login(user, password)
        return smtp.sendmail(sender, recipients, data)


def collect(server, user, password, delete=False):
    """Every message of a maildrop, over POP3 with TLS from the first byte."""
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)
    pop.user(user)
    pop.pass_(password)
    count, _ = pop.stat()
    messages = [b"\r\n".join(pop.retr(number + 1)[1]) + b"\r\n" for number in range(count)]
    if delete:
        for number in range(count):
            pop.dele(number + 1)
    pop.quit()
    return messages


class Pop3From(poplib.POP3_SSL):
    """From one of this machine's addresses, such as 127.0.0.2."""

    def __init__(self, server, source):
        self.source = source
        super().__init__("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=60)

    def _create_socket(self, timeout):
        plain = socket.create_connection((self.host, self.port), timeout, source_address=(self.source, 0))
        return self.context.wrap_socket(plain, server_hostname=self.host)


def login_answer(server, user, password, source="127.0.0.1"):
    """What a POP3 login from there is told: "+OK" or the refusal."""
    pop = Pop3From(server, source)
    try:
        pop.user(user)
        pop.pass_(password)
        pop.quit()
        return "+OK"
    except poplib.error_proto as refused:
        pop.close()
        return refused.args[0].decode()


def add_accounts(server, *names, domain="example.test", password="secret-password"):
    """The domain and accounts with one password."""
    server.api("POST", "/domains", {"name": domain, "tenant": "admin"})
    for name in names:
        server.api("POST", "/accounts", {"name": name, "domain": domain, "password": password})
    return password
