"""Every POP3 client of Debian, every way in, every mechanism that both know.

A cell holds when the client has the message, and our protocol log shows that it came by that way and that mechanism.
`python3 pop3_matrix.py` prints the table for docs/testing.md.
"""
import unittest

import java_mail
import matrix
import pop3_matrix_clients as clients
import thunderbird
from harness import DOMAIN, message
from matrix import MECHANISMS, Client, Command, every, lower, same

WAYS = ("clear", "stls", "tls")

COMMANDS = [
    Client("curl", Command("curl", clients.curl),
           {"APOP": "+APOP", **same("PLAIN", "LOGIN", "CRAM-MD5", "NTLM", "OAUTHBEARER", "GSSAPI")}, WAYS),
    Client("mpop", Command("mpop", clients.mpop),
           lower("USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "GSSAPI"), WAYS),
    Client("fetchmail", Command("fetchmail", clients.fetchmail),
           {"USER": "password", "APOP": "", **lower("CRAM-MD5", "GSSAPI")}, WAYS, without=(("stls", "APOP"),)),
    Client("getmail6", Command("getmail", clients.getmail), lower("USER", "APOP"), ("clear", "tls")),
    Client("mutt", Command("mutt", clients.mutt),
           lower("USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER", "GSSAPI"), WAYS),
]
LIBRARIES = [
    Client("Python poplib", Command("python3", clients.python), lower("USER", "APOP"), WAYS),
    Client("Perl Net::POP3", Command("perl", clients.perl), {**lower("USER", "APOP"), **same("PLAIN", "LOGIN", "CRAM-MD5")}, WAYS),
    Client("Ruby net-pop", Command("ruby", clients.ruby), lower("USER", "APOP"), ("clear", "tls")),
    Client("Jakarta Mail", java_mail.Collector(), {"USER": "LOGIN", **same("APOP", "PLAIN", "XOAUTH2")}, WAYS),
]
# Its words: nsMsgAuthMethod.
THUNDERBIRD = [Client("Thunderbird", thunderbird.Thunderbird(), {"PLAIN": 3, "CRAM-MD5": 4, "GSSAPI": 5}, WAYS)]


class Pop3Test(matrix.MatrixTest):
    services, principal, upgrade, logins = ("pop3",), "pop", "STLS", ("AUTH", "USER", "APOP")
    cell = clients.Pop3Cell
    changes = {"[pop3]\n": f"""[pop3]
login_type = "PlainTextLogin"
mechanisms = {MECHANISMS}
apop = true
protocol_log = true
"""}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.send(message("hello", "hello\r\n"), [f"bob@{DOMAIN}"])

    def act(self, client, cell):
        self.assertIn(b"hello", client.runs.act(cell))


class Commands(every(Pop3Test, *COMMANDS)):
    pass


class Libraries(every(Pop3Test, *LIBRARIES)):
    pass


class Thunderbird(every(Pop3Test, *THUNDERBIRD)):
    pass


def table():
    return "\n".join(f"| {client.name} | {', '.join(client.ways)} | {client.mechanisms()} |"
                     for client in COMMANDS + LIBRARIES + THUNDERBIRD)


class Documented(unittest.TestCase):
    def test_the_table(self):
        self.assertTrue(matrix.is_documented(table()), table())


if __name__ == "__main__":
    print(table())
