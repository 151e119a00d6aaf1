"""SASL with clients of Debian: the mechanisms that need neither another server nor a secret in clear."""
import base64
import hashlib
import hmac
import os
import pathlib
import poplib
import shutil
import subprocess
import tempfile
import unittest

import restante
from harness import DEADLINE, DOMAIN, PASSWORD, Server, ServerTest, message

HOST = "mail.test"


class SaslTest(ServerTest):
    """Runs clients against one message of bob's. `config` is appended to the usual configuration."""

    changes = {}

    @classmethod
    def setUpClass(cls):
        config = restante.CONFIG
        for old, new in cls.changes.items():
            assert old in config, old
            config = config.replace(old, new)
        cls.server = Server(config).start()
        cls.server.add_accounts("alice", "bob")
        cls.server.send(message("hello", "hello\r\n"), [f"bob@{DOMAIN}"])

    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(self.home.cleanup)
        self.folder = pathlib.Path(self.home.name)
        self.environment = dict(os.environ, HOME=self.home.name, LC_ALL="C.UTF-8")

    def file(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)

    def rc(self, port, auth, starttls, password, extra=""):
        return f"""
account default
host {HOST}
port {port}
auth {auth}
user bob
password "{password}"
tls on
tls_starttls {'on' if starttls else 'off'}
tls_trust_file {self.server.ca}
{extra}
"""

    def resolve(self, port):
        return ["--resolve", f"{HOST}:{port}:127.0.0.1"]

    def mpop(self, auth, password=PASSWORD, starttls=False, good=True, environment=None):
        """mpop has no way to say which address a name has: the server is addressed by number, its name overridden."""
        port = self.server.pop3 if starttls else self.server.pop3s
        rc = self.file("mpoprc", self.rc(port, auth, starttls, password, f"""tls_host_override {HOST}
delivery mbox {self.folder}/mbox
uidls_file {self.folder}/uidls
""").replace(f"host {HOST}\n", "host 127.0.0.1\n", 1))
        done = subprocess.run(["mpop", "-C", rc, "--keep=on", "--quiet"], capture_output=True, timeout=DEADLINE,
                              env=environment or self.environment)
        text = done.stderr.decode(errors="replace")
        self.assertEqual(done.returncode == 0, good, f"mpop {auth}: {text}\n{self.server.log_text()[-2000:]}")
        return text

    def curl(self, mechanism, *arguments, user=f"bob:{PASSWORD}", environment=None):
        port = self.server.pop3s
        return self.run_client(["curl", "--silent", "--show-error", "--fail", "--cacert", self.server.ca, *self.resolve(port),
                                "--user", user, "--login-options", f"AUTH={mechanism}", *arguments,
                                f"pop3s://{HOST}:{port}/1"], env=environment or self.environment)


class Listed(SaslTest):
    def capabilities(self, client):
        return client.capa().get("SASL")

    def test_what_is_listed_in_clear_and_under_tls(self):
        clear = poplib.POP3("127.0.0.1", self.server.pop3, timeout=DEADLINE)
        before = self.capabilities(clear) or []
        self.assertNotIn("PLAIN", before)
        self.assertFalse([name for name in before if name.endswith("-PLUS")])
        clear.stls(self.server.tls())
        self.assertEqual(self.capabilities(clear), ["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256", "SCRAM-SHA-1-PLUS",
                                                    "SCRAM-SHA-1", "PLAIN", "LOGIN"])
        clear.quit()


class Scram(SaslTest):
    def test_mpop(self):
        for auth in ("scram-sha-256", "scram-sha-1"):
            for starttls in (False, True):
                self.mpop(auth, starttls=starttls)
        self.mpop("scram-sha-256", password="wrong-horse-8", good=False)

    @unittest.skipUnless(shutil.which("gsasl"), "gsasl is not installed")
    def test_gsasl_binds_the_channel(self):
        """gsasl asked for a SCRAM without -PLUS says that it could bind the channel, which betrays a downgrade (RFC 5802 6)."""
        for mechanism, good in (("SCRAM-SHA-256-PLUS", True), ("SCRAM-SHA-1-PLUS", True), ("SCRAM-SHA-256", False)):
            done = subprocess.run(["gsasl", "--smtp", "--mechanism", mechanism, "--x509-ca-file", self.server.ca,
                                   "--authentication-id", "bob", "--password", PASSWORD, "127.0.0.1",
                                   str(self.server.submission)],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE, text=True)
            self.assertEqual(done.returncode == 0, good, f"{mechanism}: {done.stdout}{done.stderr}{self.server.log_text()[-2000:]}")

    def test_unknown_and_wrong_look_alike(self):
        """Row P4: the same messages; the salt of somebody unknown stays the same."""
        def attempt(name):
            client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, timeout=DEADLINE, context=self.server.tls())
            first = f"n=%s,r=abcdef" % name
            challenge = client._shortcmd("AUTH SCRAM-SHA-256 " + base64.b64encode(("n,," + first).encode()).decode())
            challenge = base64.b64decode(challenge[2:]).decode()
            nonce, salt, rounds = (part[2:] for part in challenge.split(","))
            proof = base64.b64encode(bytes(32)).decode()
            with self.assertRaises(poplib.error_proto) as refused:
                client._shortcmd(base64.b64encode(f"c=biws,r={nonce},p={proof}".encode()).decode())
            client.close()
            return len(nonce), salt, rounds, str(refused.exception)
        bob, nobody, again, other = attempt("bob"), attempt("nobody"), attempt("nobody"), attempt("nobody-else")
        self.assertEqual(nobody, again)
        self.assertNotEqual(nobody[1], other[1])
        self.assertEqual(len(bob[1]), len(nobody[1]))
        self.assertEqual((bob[0], bob[2], bob[3]), (nobody[0], nobody[2], nobody[3]))


class SharedSecret(SaslTest):
    """APOP, CRAM-MD5 and NTLM: off by default, and only for accounts that opted in."""

    changes = {'[pop3]\n': '[pop3]\napop = true\nmechanisms = ["CRAM-MD5", "NTLM", "PLAIN"]\n'}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.api("PUT", "/accounts/bob/shared-secret", {"password": PASSWORD})

    def test_mpop(self):
        for auth in ("cram-md5", "apop"):
            self.mpop(auth)
            self.mpop(auth, password="wrong-horse-8", good=False)

    def test_curl(self):
        for mechanism in ("CRAM-MD5", "NTLM", "+APOP"):
            self.assertIn(b"hello", self.curl(mechanism))

    def test_ntlm_of_version_one_is_refused(self):
        self.mpop("ntlm", good=False)

    def test_fetchmail(self):
        """Its NTLM is version 1."""
        for auth, code in (("cram-md5", 0), ("ntlm", 3)):
            done = self.fetchmail(f"auth {auth}")
            self.assertEqual(done.returncode, code, f"{auth}: {done.stdout}{done.stderr}")

    def fetchmail(self, option):
        rc = self.file("fetchmailrc", f"""
set pidfile "{self.folder}/pid"
set invisible
poll {HOST} via "127.0.0.1" proto POP3 service {self.server.pop3s} {option} no dns
  user "bob" pass "{PASSWORD}" ssl sslcommonname "{HOST}" sslcertck sslcertfile "{self.server.ca}" keep mda "/bin/cat"
""")
        return subprocess.run(["fetchmail", "-f", rc], capture_output=True, text=True, timeout=DEADLINE, env=self.environment)

    def test_poplib_apop(self):
        client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, timeout=DEADLINE, context=self.server.tls())
        self.assertRegex(client.getwelcome().decode(), rf"<[A-Za-z0-9.]+@{HOST}>$")
        client.apop("bob", PASSWORD)
        self.assertEqual(client.stat()[0], 1)
        client.quit()

    def test_an_account_that_did_not_opt_in(self):
        texts = set()
        for name, secret in (("alice", PASSWORD), ("bob", "wrong-horse-8"), ("nobody", PASSWORD)):
            client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, timeout=DEADLINE, context=self.server.tls())
            with self.assertRaises(poplib.error_proto) as refused:
                client.apop(name, secret)
            texts.add(str(refused.exception))
            challenge = base64.b64decode(client._shortcmd("AUTH CRAM-MD5")[2:])
            answer = f"{name} {hmac.new(secret.encode(), challenge, hashlib.md5).hexdigest()}"
            with self.assertRaises(poplib.error_proto) as refused:
                client._shortcmd(base64.b64encode(answer.encode()).decode())
            texts.add(str(refused.exception))
            client.close()
        self.assertEqual(len(texts), 1, texts)


if __name__ == "__main__":
    unittest.main()
