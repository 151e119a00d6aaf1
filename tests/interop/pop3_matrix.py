"""Every POP3 client of Debian, every way in, every mechanism that both know.

A cell holds when the client has the message, and our protocol log shows that it came by that way and that mechanism.
`python3 pop3_matrix.py` prints the table for docs/testing.md.
"""
import csv
import dataclasses
import os
import pathlib
import tempfile
import unittest

import java_mail
import kdc
import matrix_clients
import oauth_server
import restante
import thunderbird
from harness import DOMAIN, PASSWORD, Server, ServerTest, message, wait_for
from matrix_clients import Cell, Command

WAYS = ("clear", "stls", "tls")
TOKEN = "bobs-token"
TOKENS = ("OAUTHBEARER", "XOAUTH2")


@dataclasses.dataclass
class Client:
    """words: what it calls the mechanisms it knows; without: cells that it has not."""

    name: str
    runs: object
    words: dict
    ways: tuple = WAYS
    without: tuple = ()

    def cells(self):
        return [(way, mechanism) for way in self.ways for mechanism in self.words if (way, mechanism) not in self.without]

    def row(self):
        less = "".join(f"; no {mechanism} over {way}" for way, mechanism in self.without)
        return f"| {self.name} | {', '.join(self.ways)} | {', '.join(self.words)}{less} |"


def same(*mechanisms):
    return {mechanism: mechanism for mechanism in mechanisms}


def lower(*mechanisms):
    return {mechanism: mechanism.lower() for mechanism in mechanisms}


COMMANDS = [
    Client("curl", Command("curl", matrix_clients.curl),
           {"APOP": "+APOP", **same("PLAIN", "LOGIN", "CRAM-MD5", "NTLM", "OAUTHBEARER", "GSSAPI")}),
    Client("mpop", Command("mpop", matrix_clients.mpop),
           lower("USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER", "XOAUTH2", "GSSAPI")),
    Client("fetchmail", Command("fetchmail", matrix_clients.fetchmail),
           {"USER": "password", "APOP": "", **lower("CRAM-MD5", "GSSAPI")}, without=(("stls", "APOP"),)),
    Client("getmail6", Command("getmail", matrix_clients.getmail), lower("USER", "APOP"), ("clear", "tls")),
    Client("mutt", Command("mutt", matrix_clients.mutt),
           lower("USER", "APOP", "PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "OAUTHBEARER", "GSSAPI")),
]
LIBRARIES = [
    Client("Python poplib", Command("python3", matrix_clients.python), lower("USER", "APOP")),
    Client("Perl Net::POP3", Command("perl", matrix_clients.perl), {**lower("USER", "APOP"), **same("PLAIN", "LOGIN", "CRAM-MD5")}),
    Client("Ruby net-pop", Command("ruby", matrix_clients.ruby), lower("USER", "APOP"), ("clear", "tls")),
    Client("Jakarta Mail", java_mail.JavaMail(), {"USER": "LOGIN", **same("APOP", "PLAIN", "XOAUTH2")}),
]
# Its words: nsMsgAuthMethod.
THUNDERBIRD = [Client("Thunderbird", thunderbird.Thunderbird(), {"PLAIN": 3, "CRAM-MD5": 4, "GSSAPI": 5})]

MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5", "NTLM", "OAUTHBEARER", "XOAUTH2", "GSSAPI"]


class MatrixTest(ServerTest):
    clients = []

    @classmethod
    def setUpClass(cls):
        endpoint = oauth_server.Endpoint({TOKEN: {"active": True, "username": "bob", "scope": "mail"}})
        cls.addClassCleanup(endpoint.stop)
        cls.environment = dict(os.environ, LC_ALL="C.UTF-8")
        kerberos = ""
        if kdc.installed():
            realm = kdc.Kdc(["bob"], [f"pop/{host}" for host in ("mail.test", "127.0.0.1", "localhost")])
            cls.addClassCleanup(realm.stop)
            cls.environment = dict(realm.ticket_of("bob"), LC_ALL="C.UTF-8")
            kerberos = f'gssapi_keytab = "{realm.keytab}"\n'
        config = restante.CONFIG.replace("[pop3]\n", f"""[pop3]
login_type = "PlainTextLogin"
mechanisms = {MECHANISMS}
apop = true
protocol_log = true
""") + endpoint.settings() + kerberos
        cls.server = Server(config).start()
        cls.server.add_accounts("bob")
        cls.server.api("PUT", "/accounts/bob/shared-secret", {"password": PASSWORD})
        cls.server.send(message("hello", "hello\r\n"), [f"bob@{DOMAIN}"])

    def sessions(self):
        """Those that have ended, in order: (way, mechanism) of each."""
        said = {}
        for path in sorted((self.server.data / "protocol-log").glob("pop3*")):
            for row in csv.reader(line for line in path.read_text().splitlines() if not line.startswith("#")):
                said.setdefault(row[2], []).append(row)
        return [seen for seen in map(self.seen, said.values()) if seen]

    def seen(self, rows):
        if rows[-1][6] != "-":
            return None
        words = [row[7].split() for row in rows if row[6] == "<"]
        names = [tuple(word.upper() for word in line[:2]) if line[:1] == ["AUTH"] else (line[0].upper(),) for line in words if line]
        login = [name[-1] for name in names if name[0] in ("AUTH", "USER", "APOP")]
        secure = rows[0][4].endswith(f":{self.server.pop3s}")
        return ("tls" if secure else "stls" if ("STLS",) in names else "clear", login[-1] if login else "")

    def check(self, client, way, mechanism, folder):
        folder.mkdir()
        password = TOKEN if mechanism in TOKENS else PASSWORD
        cell = Cell(self.server, way, mechanism, client.words[mechanism], "bob", password, folder, dict(self.environment, HOME=str(folder)))
        before = len(self.sessions())
        self.assertIn(b"hello", client.runs.collect(cell))
        last = wait_for("its session ends", lambda: self.sessions()[before:])[-1]
        self.assertEqual(last, (way, mechanism))

    def check_all(self, client):
        if not client.runs.installed():
            self.skipTest(f"{client.name} is not installed")
        with tempfile.TemporaryDirectory(prefix="restante-matrix-") as home:
            home = pathlib.Path(home)
            home.chmod(0o755)
            client.runs.start(home, dict(self.environment, HOME=str(home)))
            try:
                for way, mechanism in client.cells():
                    if mechanism == "GSSAPI" and not kdc.installed():
                        continue
                    with self.subTest(client=client.name, way=way, mechanism=mechanism):
                        self.check(client, way, mechanism, home / f"{way}-{mechanism}")
            finally:
                client.runs.stop()


def every(*clients):
    """A TestCase with a test for each client."""
    def test(client):
        return lambda self: self.check_all(client)
    return type("Matrix", (MatrixTest,), {f"test_{client.name.replace(' ', '_')}": test(client) for client in clients})


class Commands(every(*COMMANDS)):
    pass


class Libraries(every(*LIBRARIES)):
    pass


class Thunderbird(every(*THUNDERBIRD)):
    pass


def table():
    return "\n".join(client.row() for client in COMMANDS + LIBRARIES + THUNDERBIRD)


class Documented(unittest.TestCase):
    def test_the_table(self):
        page = pathlib.Path(__file__).parents[2] / "docs" / "testing.md"
        self.assertIn(table(), page.read_text())


if __name__ == "__main__":
    print(table())
