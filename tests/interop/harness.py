"""What the tests with foreign clients share. Nothing here sleeps and hopes: waiting is for an event, with a deadline."""
import poplib
import shutil
import smtplib
import subprocess
import time
import unittest

import restante

DOMAIN = "mail.test"
PASSWORD = "correct-horse-7"
DEADLINE = 60  # seconds, for any single thing to happen


def wait_for(what, condition, deadline=DEADLINE):
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"did not happen in {deadline} s: {what}")


class Server(restante.Server):
    """The whole program, as the scenarios start it, with what the clients of other people need to know about it."""

    def start(self):
        started = super().start()
        self.mx, self.submission, self.smtps = (self.port(name) for name in ("smtp.mx", "smtp.submission", "smtp.submission_tls"))
        self.pop3, self.pop3s = self.port("pop3"), self.port("pop3_tls")
        return started

    @property
    def ca(self):
        """The self-signed certificate of the first start."""
        return str(self.data / "tls" / "certificate.pem")

    def add_accounts(self, *names):
        self.api("POST", "/domains", {"name": DOMAIN, "tenant": "admin"})
        for name in names:
            self.api("POST", "/accounts", {"name": name, "domain": DOMAIN, "password": PASSWORD})

    def send(self, raw, recipients, sender="someone@elsewhere.test"):
        """By Python's client to the mail exchange port; the refused recipients."""
        with smtplib.SMTP("127.0.0.1", self.mx, timeout=DEADLINE) as client:
            return client.sendmail(sender, recipients, raw)

    def mailbox(self, name):
        """An open session of Python's client."""
        client = poplib.POP3("127.0.0.1", self.pop3, timeout=DEADLINE)
        client.stls(self.tls())
        client.user(name)
        client.pass_(PASSWORD)
        return client


def retrieve_all(client):
    """All messages of an open poplib session, as octets."""
    count, _ = client.stat()
    return [b"\r\n".join(client.retr(n)[1]) + b"\r\n" for n in range(1, count + 1)]


def body_of(raw):
    """From the first field the sender wrote on: what comes before are trace fields of the servers on the way."""
    start = raw.index(b"Subject: ")
    return raw[start:]


def message(subject, text):
    return f"Subject: {subject}\r\nFrom: alice@{DOMAIN}\r\nTo: b@{DOMAIN}\r\n\r\n{text}".encode("utf-8", "surrogateescape")


def awkward_messages():
    """Messages that simple-minded servers and clients damage."""
    return [
        message("one line", "hello\r\n"),
        message("dots", ".\r\n..\r\n.leading\r\n...\r\n.\r\n"),
        message("no body", ""),
        message("eight bit", "gr\u00fc\u00dfe \u2603\r\n"),
        message("long line", "x" * 990 + "\r\n"),
        message("blank ends", "text\r\n\r\n\r\n \r\n"),
        message("From line", "From here on\r\n>From there\r\n"),
        message("large", ("0123456789abcdef" * 4 + "\r\n") * 16000),
    ]


class ServerTest(unittest.TestCase):
    """One server with accounts alice and bob for all tests of a class."""

    @classmethod
    def setUpClass(cls):
        cls.server = Server().start()
        cls.server.add_accounts("alice", "bob")

    @classmethod
    def tearDownClass(cls):
        code = cls.server.stop()
        shutil.rmtree(cls.server.folder)
        assert code == 0, f"the server stopped with {code}"

    def empty(self, name):
        client = self.server.mailbox(name)
        for number in range(1, client.stat()[0] + 1):
            client.dele(number)
        client.quit()

    def run_client(self, command, **options):
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE, **options)
        self.assertEqual(done.returncode, 0, f"{command}: {done.stderr.decode(errors='replace')}")
        return done.stdout

    def fill(self, name):
        """The awkward messages, one after the other so that their order is known."""
        self.empty(name)
        for raw in awkward_messages():
            self.assertEqual(self.server.send(raw, [f"{name}@{DOMAIN}"]), {})
        return awkward_messages()
