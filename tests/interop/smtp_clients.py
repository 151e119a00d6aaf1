"""SMTP clients of Debian submit to us: what they send lies unchanged in the maildrop."""
import os
import pathlib
import smtplib
import tempfile

from harness import DOMAIN, PASSWORD, ServerTest, awkward_messages, body_of, retrieve_all

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


class SubmitTest(ServerTest):
    def setUp(self):
        self.empty("bob")
        self.home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(self.home.cleanup)
        self.folder = pathlib.Path(self.home.name)
        self.environment = dict(os.environ, HOME=self.home.name, LC_ALL="C.UTF-8")

    def in_maildrop(self):
        client = self.server.mailbox("bob")
        found = retrieve_all(client)
        client.quit()
        return found

    def assert_bob_has(self, sent):
        self.assertEqual([body_of(raw) for raw in self.in_maildrop()], [body_of(raw) for raw in sent])


class Curl(SubmitTest):
    def test_starttls_and_implicit_tls(self):
        sent = []
        for scheme, port in (("smtp", self.server.submission), ("smtps", self.server.smtps)):
            for raw in awkward_messages():
                if not raw.endswith(b"\r\n"):
                    raw += b"\r\n"
                path = self.folder / "mail"
                path.write_bytes(raw)
                self.run_client(["curl", "--silent", "--show-error", "--ssl-reqd", "--cacert", self.server.ca,
                                 "--resolve", f"{DOMAIN}:{port}:127.0.0.1", "--user", f"alice:{PASSWORD}",
                                 "--mail-from", ALICE, "--mail-rcpt", BOB, "--upload-file", str(path),
                                 f"{scheme}://{DOMAIN}:{port}"])
                sent.append(raw)
        self.assert_bob_has(sent)


class Msmtp(SubmitTest):
    def msmtp(self, raw, extra):
        rc = self.folder / "msmtprc"
        rc.write_text(f"""
account default
host 127.0.0.1
auth plain
user alice
password {PASSWORD}
from {ALICE}
tls on
tls_trust_file {self.server.ca}
tls_host_override {DOMAIN}
{extra}
""")
        rc.chmod(0o600)
        self.run_client(["msmtp", "-C", str(rc), BOB], input=raw.replace(b"\r\n", b"\n"), env=self.environment)

    def test_starttls_and_implicit_tls(self):
        sent = [raw for raw in awkward_messages() if raw.endswith(b"\r\n")]
        for raw in sent:
            self.msmtp(raw, f"port {self.server.submission}\ntls_starttls on\nauth login")
            self.msmtp(raw, f"port {self.server.smtps}\ntls_starttls off")
        self.assert_bob_has([raw for raw in sent for _ in range(2)])


class Swaks(SubmitTest):
    def swaks(self, *arguments, code=0):
        import subprocess
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--from", ALICE, "--to", BOB, *arguments],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

    def test_mechanisms_and_pipelining(self):
        login = ("--auth-user", "alice", "--auth-password", PASSWORD)
        for mechanism in ("PLAIN", "LOGIN"):
            self.swaks("--port", str(self.server.submission), "--tls", "--auth", mechanism, *login)
            self.swaks("--port", str(self.server.smtps), "--tls-on-connect", "--auth", mechanism, *login, "--pipeline")
        self.assertEqual(len(self.in_maildrop()), 4)

    def test_refusals(self):
        submission = ("--port", str(self.server.submission))
        login = ("--auth-user", "alice", "--auth-password", PASSWORD)
        self.swaks(*submission, "--quit-after", "AUTH", "--auth", "PLAIN", *login, code=28)  # not offered in clear
        self.assertIn("530 5.7.0", self.swaks(*submission, "--tls", code=23))
        self.assertIn("535 5.7.8", self.swaks(*submission, "--tls", "--auth", "PLAIN", "--auth-user", "alice",
                                             "--auth-password", "wrong", code=28))
        self.assertIn("5.7.1", self.swaks(*submission, "--tls", "--auth", "PLAIN", *login, "--from", BOB, code=23))
        mx = ("--port", str(self.server.mx))
        self.assertIn("550 5.1.1", self.swaks(*mx, "--to", f"nobody@{DOMAIN}", code=24))
        self.assertIn("5.7.1", self.swaks(*mx, "--to", "someone@elsewhere.test", code=24))
        self.assertEqual(self.in_maildrop(), [])


class Smtplib(SubmitTest):
    def test_mx_delivers_to_account_and_alias(self):
        self.server.cli("alias", "set", f"sales@{DOMAIN}", "bob")
        sent = awkward_messages()
        for number, raw in enumerate(sent):
            self.server.send(raw, [BOB if number % 2 else f"sales@{DOMAIN}"])
        self.assert_bob_has(sent)

    def test_several_recipients_and_one_unknown(self):
        refused = self.server.send(awkward_messages()[0], [BOB, f"nobody@{DOMAIN}", f"bob@{DOMAIN}"])
        self.assertEqual([code for code, _ in refused.values()], [550])
        self.assertEqual(len(self.in_maildrop()), 1)

    def test_limits_are_told_and_kept(self):
        with smtplib.SMTP("127.0.0.1", self.server.mx, timeout=60) as client:
            client.ehlo()
            limit = int(client.esmtp_features["size"])
            code, text = client.mail("a@elsewhere.test", [f"size={limit + 1}"])
            self.assertEqual((code, text[:5]), (552, b"5.3.4"))
            for feature in ("pipelining", "8bitmime", "enhancedstatuscodes", "starttls"):
                self.assertTrue(client.has_extn(feature), feature)
            self.assertFalse(client.has_extn("auth"))

    def test_submission_adds_what_is_missing(self):
        with smtplib.SMTP("127.0.0.1", self.server.submission, timeout=60) as client:
            context = self.server.tls()
            context.check_hostname = False
            client.starttls(context=context)
            client.login("alice", PASSWORD)
            client.sendmail(ALICE, [BOB], b"Subject: bare\r\nFrom: alice@mail.test\r\n\r\nx\r\n")
        raw = self.in_maildrop()[0]
        self.assertIn(b"\r\nMessage-ID: <", raw)
        self.assertIn(b"\r\nDate: ", raw)
        self.assertIn(b"with ESMTPSA", raw)
