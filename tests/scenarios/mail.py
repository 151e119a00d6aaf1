"""Mail clients of the scenarios, from Python's standard library."""
import poplib
import smtplib

CRLF = "\r\n"


def message(sender, recipient, subject, body="Hello\r\n"):
    return CRLF.join([f"From: {sender}", f"To: {recipient}", f"Subject: {subject}", "", body]).encode()


def send(server, sender, recipients, data, port="smtp.mx"):
    """Through the MX port; the refused recipients, as smtplib tells them."""
    with smtplib.SMTP("127.0.0.1", server.port(port), local_hostname="client.test", timeout=20) as smtp:
        return smtp.sendmail(sender, recipients, data)


def submit(server, user, password, sender, recipients, data):
    """Through submission with STARTTLS and AUTH."""
    with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), local_hostname="client.test", timeout=20) as smtp:
        smtp.starttls(context=server.tls())
        smtp.login(user, password)
        return smtp.sendmail(sender, recipients, data)


def collect(server, user, password, delete=False):
    """Every message of a maildrop, over POP3 with TLS from the first byte."""
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=20)
    pop.user(user)
    pop.pass_(password)
    count, _ = pop.stat()
    messages = [b"\r\n".join(pop.retr(number + 1)[1]) + b"\r\n" for number in range(count)]
    if delete:
        for number in range(count):
            pop.dele(number + 1)
    pop.quit()
    return messages


def add_accounts(server, *names, domain="example.test", password="secret-password"):
    """The domain and accounts with one password, by the command line."""
    server.cli("domain", "add", domain)
    for name in names:
        server.cli("account", "add", name, "--domain", domain, "--password-stdin", stdin=password + "\n")
    return password
