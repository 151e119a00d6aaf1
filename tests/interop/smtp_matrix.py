"""Every SMTP client of Debian, every way in, every mechanism that both know.

A cell holds when the mail lies in the maildrop once and octet for octet, and our protocol log shows that it came by that way and that
mechanism. `python3 smtp_matrix.py` prints the table for docs/testing.md.
"""
import dataclasses
import pathlib
import tempfile
import unittest

import java_mail
import kdc
import matrix
import smtp_matrix_clients as clients
from harness import DOMAIN, awkward_messages, body_of, retrieve_all
from matrix import MECHANISMS, OPEN, Client, Command, every, lower, same

OPEN_WAYS, WAYS = ("clear", "starttls"), ("starttls", "tls")
WRONG = "wrong-horse-8"

COMMANDS = [
    Client("curl", Command("curl", clients.curl), same("PLAIN", "LOGIN", "CRAM-MD5", "NTLM", "OAUTHBEARER", "GSSAPI"), WAYS, OPEN_WAYS),
    Client("msmtp", Command("msmtp", clients.msmtp),
           lower("PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "GSSAPI"), WAYS, OPEN_WAYS),
    Client("swaks", Command("swaks", clients.swaks), same("PLAIN", "LOGIN", "CRAM-MD5"), WAYS, OPEN_WAYS),
    Client("smtp-source", Command("smtp-source", clients.smtp_source), {}, (), ("clear",)),
]
LIBRARIES = [
    Client("Python smtplib", Command("python3", clients.python),
           {"PLAIN": "auth_plain", "LOGIN": "auth_login", "CRAM-MD5": "auth_cram_md5"}, WAYS, OPEN_WAYS),
    Client("Perl Net::SMTP", Command("perl", clients.perl), same("PLAIN", "LOGIN", "CRAM-MD5", "GSSAPI"), WAYS, OPEN_WAYS),
    Client("Ruby net-smtp", Command("ruby", clients.ruby),
           {"PLAIN": "plain", "LOGIN": "login", "CRAM-MD5": "cram_md5"}, WAYS, OPEN_WAYS),
    Client("Jakarta Mail", java_mail.Sender(), same("PLAIN", "LOGIN", "XOAUTH2"), WAYS, OPEN_WAYS),
]


def damageable(subject):
    """One message with all that simple-minded clients damage. Complete: nobody on the way has to add anything."""
    lines = [b"Subject: " + subject.encode(), f"From: alice@{DOMAIN}".encode(), f"To: bob@{DOMAIN}".encode(),
             b"Date: Sat, 28 Nov 2026 12:00:00 +0000", b"Message-ID: <" + subject.encode() + b"@client.test>", b"MIME-Version: 1.0",
             b"Content-Type: text/plain; charset=utf-8", b"Content-Transfer-Encoding: 8bit", b"",
             b".", b"..", b".leading", b"...", b"a.", "gr\u00fc\u00dfe \u2603".encode(), b"\xff\xe4 no UTF-8", b"x" * 998, b"." + b"y" * 997,
             b"." * 998, b"From here on", b">From there", b"tab\t and blanks  ", b"%FROM_ADDRESS% $HOME \\n {} =3D", b"", b".", b" ", b"", b""]
    return b"\r\n".join(lines) + b"\r\n"


class SmtpTest(matrix.MatrixTest):
    services, principal, upgrade = ("mx", "submission"), "smtp", "STARTTLS"
    accounts, person = ("alice", "bob"), "alice"
    cell = clients.SmtpCell
    changes = {"[smtp.mx]\n": "[smtp.mx]\nprotocol_log = true\n",
               "[smtp.submission]\n": f"[smtp.submission]\nprotocol_log = true\nmechanisms = {MECHANISMS}\n"}

    def collected(self):
        """What bob has, which is nothing afterwards."""
        client = self.server.mailbox("bob")
        found = retrieve_all(client)
        for number in range(1, len(found) + 1):
            client.dele(number)
        client.quit()
        return found

    def act(self, client, cell):
        texts = [damageable(f"{cell.way}-{cell.mechanism}")]
        if (cell.way, cell.mechanism) == client.cells()[-1]:  # what a client does to a text does not hang on way and mechanism
            texts += awkward_messages()
        sent = [client.runs.act(dataclasses.replace(cell, text=text)) or text for text in texts]
        found = self.collected()
        for number, (here, there) in enumerate(zip(found, sent)):
            self.assertEqual(body_of(here).split(b"\r\n"), there.split(b"\r\n"), f"message {number}")
        self.assertEqual(len(found), len(sent))


class Commands(every(SmtpTest, *COMMANDS)):
    def refuse(self, mechanism):
        """A wrong password, token or ticket."""
        client = next((one for one in COMMANDS if mechanism in one.words and one.runs.installed()), None)
        if client is None:
            self.skipTest(f"no client with {mechanism} is installed")
        with tempfile.TemporaryDirectory(prefix="restante-matrix-") as home:
            cell = self.cell_of(client, "tls", mechanism, pathlib.Path(home) / "client", WRONG, WRONG)
            if mechanism == "GSSAPI":
                cell.environment = dict(self.strangers, HOME=home)
            cell.text = damageable("refused")
            before = len(self.sessions())
            with self.assertRaises(AssertionError):
                client.runs.act(cell)
            last = self.came(before)
        self.assertEqual((last.port, last.mechanism), (cell.port, mechanism))
        self.assertIn("535", [answer[:3] for answer in last.answers])
        self.assertFalse([answer for answer in last.answers if answer[:3] in ("235", "354")], last.answers)

    def test_each_mechanism_refuses_what_is_wrong(self):
        for mechanism in MECHANISMS:
            if mechanism == "GSSAPI" and not kdc.installed():
                continue
            with self.subTest(mechanism=mechanism):
                self.refuse(mechanism)
        self.assertEqual(self.collected(), [])


class Libraries(every(SmtpTest, *LIBRARIES)):
    pass


def table():
    columns = [(client.name, ", ".join(client.open_ways), ", ".join(client.ways), client.mechanisms()) for client in COMMANDS + LIBRARIES]
    return "\n".join(f"| {' | '.join(column or 'none' for column in row)} |" for row in columns)


class Documented(unittest.TestCase):
    def test_the_table(self):
        self.assertTrue(matrix.is_documented(table()), table())


if __name__ == "__main__":
    print(table())
