"""What SMTP clients of Debian are refused, told and helped with; smtp_matrix has what they send by every way and mechanism."""
import shutil
import smtplib
import subprocess
import unittest

from harness import DOMAIN, PASSWORD, ServerTest, awkward_messages, body_of, retrieve_all

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"


class SubmitTest(ServerTest):
    def setUp(self):
        self.empty("bob")

    def in_maildrop(self):
        client = self.server.mailbox("bob")
        found = retrieve_all(client)
        client.quit()
        return found

    def assert_bob_has(self, sent):
        self.assertEqual([body_of(raw) for raw in self.in_maildrop()], [body_of(raw) for raw in sent])


@unittest.skipUnless(shutil.which("swaks"), "swaks is not installed")
class Swaks(SubmitTest):
    def swaks(self, *arguments, code=0):
        done = subprocess.run(["swaks", "--server", "127.0.0.1", "--from", ALICE, "--to", BOB, *arguments],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout

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


@unittest.skipUnless(shutil.which("smtp-source"), "Postfix's smtp-source is not installed")
class SmtpSource(SubmitTest):
    def test_parallel_sessions_and_many_messages(self):
        self.run_client(["smtp-source", "-s", "5", "-m", "60", "-l", "20000", "-f", "a@elsewhere.test", "-t", BOB,
                         f"inet:127.0.0.1:{self.server.mx}"])
        client = self.server.mailbox("bob")
        self.assertEqual(client.stat()[0], 60)
        client.quit()


@unittest.skipUnless(shutil.which("nmap"), "nmap is not installed")
class NmapSmtp(ServerTest):
    def scan(self, port, *scripts):
        return self.run_client(["nmap", "--unprivileged", "-Pn", "-n", "-sT", "-p", str(port), "--script", ",".join(f"+{s}" for s in scripts),
                                "--script-args", f"smtp-open-relay.domain={DOMAIN}", "127.0.0.1"]).decode()

    def test_no_open_relay_and_nothing_told(self):
        for port in (self.server.mx, self.server.submission):
            with self.subTest(port=port):
                found = self.scan(port, "smtp-commands", "smtp-open-relay", "smtp-ntlm-info", "smtp-enum-users")
                self.assertIn("smtp-commands:", found)
                self.assertRegex(found, r"smtp-open-relay: (Server doesn't seem to be an open relay|Server isn't an open relay|.*[Aa]uthentication)")
                self.assertNotRegex(found, r"NetBIOS|Server is an open relay")


if __name__ == "__main__":
    unittest.main()
