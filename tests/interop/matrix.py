"""What the matrices of clients share: clients and their cells, one server that knows every mechanism, and what its protocol log says.

A cell is one client coming by one way with one mechanism. It holds when the protocol log shows that it came so.
"""
import csv
import dataclasses
import os
import pathlib
import shutil
import subprocess
import tempfile

import kdc
import oauth_server
import restante
from harness import DEADLINE, PASSWORD, Server, ServerTest, wait_for

HOST = "mail.test"
TOKEN = "a-good-token"
TOKENS = ("OAUTHBEARER", "XOAUTH2")
MECHANISMS = ["SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN", "LOGIN", "CRAM-MD5", "NTLM", "OAUTHBEARER", "XOAUTH2", "GSSAPI"]
STRANGER = "stranger"  # known to the realm, no account here
OPEN = "none"          # the mechanism of a cell without a login


@dataclasses.dataclass
class Client:
    """words: what it calls the mechanisms it knows; ways: with a login; open_ways: without; without: cells that it has not."""

    name: str
    runs: object
    words: dict
    ways: tuple
    open_ways: tuple = ()
    without: tuple = ()

    def cells(self):
        logins = [(way, mechanism) for way in self.ways for mechanism in self.words if (way, mechanism) not in self.without]
        return [(way, OPEN) for way in self.open_ways] + logins

    def mechanisms(self):
        return ", ".join(self.words) + "".join(f"; no {mechanism} over {way}" for way, mechanism in self.without)


def same(*mechanisms):
    return {mechanism: mechanism for mechanism in mechanisms}


def lower(*mechanisms):
    return {mechanism: mechanism.lower() for mechanism in mechanisms}


@dataclasses.dataclass
class Cell:
    """word: what the client calls the mechanism; password: or the token."""

    server: object
    way: str
    mechanism: str
    word: object
    user: str
    password: str
    folder: pathlib.Path
    environment: dict

    @property
    def ca(self):
        return self.server.ca

    def file(self, name, text, mode=0o600):
        path = self.folder / name
        path.write_text(text)
        path.chmod(mode)
        return str(path)

    def run(self, command, text=b"", **options):
        done = subprocess.run(command, capture_output=True, timeout=DEADLINE, env=self.environment, input=text, **options)
        assert done.returncode == 0, f"{command} ended with {done.returncode}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
        return done.stdout


class Command:
    """A client that is started anew for each cell. act(cell) does what the matrix is about."""

    def __init__(self, program, act):
        self.program, self.act = program, act

    def installed(self):
        return shutil.which(self.program) is not None

    def start(self, folder, environment):
        pass

    def stop(self):
        pass


@dataclasses.dataclass
class Session:
    """One that has ended, as the protocol log has it."""

    port: int
    way: str
    mechanism: str
    answers: list


class MatrixTest(ServerTest):
    """One server for all cells of a class. What a protocol has of its own is set by its matrix."""

    services = ()        # whose protocol logs tell
    principal = ""       # its service in Kerberos
    upgrade = ""         # the command that begins TLS
    logins = ("AUTH",)   # the commands that begin a login
    changes = {}         # of the usual configuration
    accounts = ("bob",)
    person = "bob"       # who logs in
    cell = Cell

    @classmethod
    def setUpClass(cls):
        endpoint = oauth_server.Endpoint({TOKEN: {"active": True, "username": cls.person, "scope": "mail"}})
        cls.addClassCleanup(endpoint.stop)
        cls.environment = cls.strangers = dict(os.environ, LC_ALL="C.UTF-8")
        kerberos = ""
        if kdc.installed():
            realm = kdc.Kdc([cls.person, STRANGER], [f"{cls.principal}/{host}" for host in (HOST, "127.0.0.1", "localhost")])
            cls.addClassCleanup(realm.stop)
            cls.environment = dict(realm.ticket_of(cls.person), LC_ALL="C.UTF-8")
            cls.strangers = dict(realm.ticket_of(STRANGER), LC_ALL="C.UTF-8")
            kerberos = f'gssapi_keytab = "{realm.keytab}"\n'
        config = restante.CONFIG
        for old, new in cls.changes.items():
            assert old in config, old
            config = config.replace(old, new)
        cls.server = Server(config + endpoint.settings() + kerberos).start()
        cls.server.add_accounts(*cls.accounts)
        cls.server.api("PUT", f"/accounts/{cls.person}/shared-secret", {"password": PASSWORD})

    def sessions(self):
        """Those that have ended, in the order in which they did."""
        said = {}
        folder = self.server.data / "protocol-log"
        for path in sorted(path for service in self.services for path in folder.glob(f"{service}-*")):
            lines = [line for line in path.read_text().splitlines(keepends=True) if line.endswith("\n")]
            for row in csv.reader(line for line in lines if not line.startswith("#")):
                said.setdefault(row[2], []).append(row)
        ended = sorted((rows for rows in said.values() if rows[-1][6] == "-"), key=lambda rows: rows[-1][0])
        return [self.session_of(rows) for rows in ended]

    def session_of(self, rows):
        port = int(rows[0][4].rsplit(":", 1)[1])
        words = [row[7].upper().split() for row in rows if row[6] == "<"]
        login = [line[1] if line[0] == "AUTH" else line[0] for line in words if line and line[0] in self.logins]
        way = "tls" if port in self.secure_ports() else self.upgrade.lower() if [self.upgrade] in words else "clear"
        return Session(port, way, login[-1] if login else OPEN, [row[7] for row in rows if row[6] == ">"])

    def secure_ports(self):
        return (self.server.pop3s, self.server.smtps)

    def cell_of(self, client, way, mechanism, folder, password=PASSWORD, token=TOKEN):
        folder.mkdir()
        secret = token if mechanism in TOKENS else password
        return self.cell(self.server, way, mechanism, client.words.get(mechanism, OPEN), self.person, secret, folder,
                         dict(self.environment, HOME=str(folder)))

    def came(self, before):
        """The last session, once more than `before` have ended."""
        return wait_for("its session ends", lambda: self.sessions()[before:])[-1]

    def check(self, client, way, mechanism, folder):
        cell = self.cell_of(client, way, mechanism, folder)
        before = len(self.sessions())
        self.act(client, cell)
        last = self.came(before)
        self.assertEqual((last.port, last.way, last.mechanism), (cell.port, way, mechanism))

    def act(self, client, cell):
        """Lets the client do its work and looks at what came of it."""
        raise NotImplementedError

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


def every(base, *clients):
    """A TestCase with a test for each client."""
    def test(client):
        return lambda self: self.check_all(client)
    return type("Matrix", (base,), {f"test_{client.name.replace(' ', '_')}": test(client) for client in clients})


def is_documented(table):
    """In docs/testing.md, word for word."""
    page = pathlib.Path(__file__).parents[2] / "docs" / "testing.md"
    return table in page.read_text()
