"""Mailboxes move in from Dovecot and out again: clients that remember UIDLs download nothing twice."""
import mailbox
import os
import pathlib
import poplib
import tempfile
import unittest

import dovecot
from harness import DEADLINE, DOMAIN, PASSWORD, ServerTest, message, retrieve_all


def mails(count, tag="old"):
    """Messages with LF line ends, as maildirs hold them; some awkward."""
    odd = [b"Subject: no end", b"Subject: bare cr\n\na\rb\n", b"Subject: dots\n\n.\n..\n", b"Subject: crlf\r\n\r\ntext\r\n",
           b"Subject: long line\n\n" + b"x" * 1500 + b"\n", b"Subject: empty body\n\n"]
    plain = [f"Subject: {tag} {n}\nFrom: x@elsewhere.test\n\nline\n".encode() * (1 + n % 3) for n in range(count)]
    return odd + plain


def uidls_of(client):
    return [line.split()[1].decode() for line in client.uidl()[1]]


@unittest.skipUnless(dovecot.is_installed(), "Dovecot is not installed")
class FromDovecot(ServerTest):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(self.home.cleanup)
        self.folder = pathlib.Path(self.home.name)
        self.environment = dict(os.environ, HOME=self.home.name, LC_ALL="C.UTF-8")
        type(self).accounts += 1
        self.user = self.new_account(f"user{self.accounts}")

    accounts = 0

    def new_account(self, name):
        """A new one for every test: what was moved into an account once is not stored there again."""
        self.server.api("POST", "/accounts", {"name": name, "domain": DOMAIN, "password": PASSWORD})
        return name

    def fill(self, server, user, count=20):
        for number, raw in enumerate(mails(count)):
            server.put(user, f"{1700000000 + number}.M{number}P1.host", raw, 1700000000 + number)

    def at(self, server, user):
        client = poplib.POP3("127.0.0.1", server.port, timeout=DEADLINE)
        client.user(user)
        client.pass_(dovecot.PASSWORD)
        return client

    def import_maildir(self, server, user, *options, check=0):
        return self.server.cli("import", "maildir", server.maildir(user), self.user, *options, check=check)

    def mpop(self, port, user, password, ca, name):
        """One UIDL memory for both servers: the client is told that its server has moved."""
        box = self.folder / name
        for part in ("cur", "new", "tmp"):
            (box / part).mkdir(parents=True)
        rc = self.folder / "mpoprc"
        rc.write_text(f"""
account default
host localhost
port {port}
user {user}
password {password}
tls on
tls_starttls off
tls_trust_file {ca}
tls_host_override {"mail.test" if ca == self.server.ca else "localhost"}
delivery maildir {box}
received_header off
keep on
uidls_file {self.folder / 'uidls'}
""")
        rc.chmod(0o600)
        self.run_client(["mpop", "-C", str(rc), "--quiet"], env=self.environment)
        return len(mailbox.Maildir(box, create=False))

    def test_a_client_with_a_memory_downloads_nothing_twice(self):
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user)
            self.assertEqual(self.mpop(before.tls_port, self.user, dovecot.PASSWORD, before.certificate, "first"), 26)
            there = self.at(before, self.user)
            uidls, texts = uidls_of(there), retrieve_all(there)
            there.quit()
            before.put(self.user, "1800000000.M1P1.host", b"Subject: not seen by anybody\n\n")
            report = self.import_maildir(before, self.user, "--full")
        self.assertTrue(report["ok"] and report["nothing_twice"], report)
        account = report["accounts"][0]
        self.assertEqual((account["stored"], account["failed"], account["uidl_equal"], account["without_uidl"]), (27, 0, 26, 1), account)
        here = self.server.mailbox(self.user)
        self.assertEqual(uidls_of(here)[:26], uidls)
        self.assertEqual(retrieve_all(here)[:26], texts)
        here.quit()
        self.assertEqual(self.mpop(self.server.pop3s, self.user, PASSWORD, self.server.ca, "second"), 1)
        self.server.send(message("new", "new\r\n"), [f"{self.user}@{DOMAIN}"])
        self.assertEqual(self.mpop(self.server.pop3s, self.user, PASSWORD, self.server.ca, "third"), 1)

    def test_a_second_run_stores_nothing_and_brings_what_came_since(self):
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user)
            self.at(before, self.user).quit()  # gives out the UIDLs
            self.assertEqual(self.import_maildir(before, self.user)["accounts"][0]["stored"], 26)
            again = self.import_maildir(before, self.user)["accounts"][0]
            self.assertEqual((again["stored"], again["known"], again["uidl_equal"]), (0, 26, 26), again)
            before.put(self.user, "1800000000.M1P1.host", b"Subject: late\n\n")
            self.at(before, self.user).quit()
            checked = self.import_maildir(before, self.user, "--check", check=1)["accounts"][0]
            self.assertEqual((checked["missing"], checked["stored"], checked["uidl_equal"]), (1, 0, 26), checked)
            # Deleted here: it stays so, and is not called missing.
            here = self.server.mailbox(self.user)
            here.dele(3)
            here.quit()
            last = self.import_maildir(before, self.user)["accounts"][0]
            self.assertEqual((last["stored"], last["deleted_since"], last["missing"], last["uidl_equal"]), (1, 1, 0, 26), last)

    def test_other_formats_and_flags(self):
        with dovecot.Dovecot([self.user], "pop3_uidl_format = %v.%u-%f\n") as before:
            self.fill(before, self.user, 4)
            there = self.at(before, self.user)
            uidls = uidls_of(there)
            retrieve_all(there)  # sets flags: files get new names
            there.quit()
            report = self.import_maildir(before, self.user, "--uidl-format", "%v.%u-%f")
        self.assertTrue(report["nothing_twice"], report)
        here = self.server.mailbox(self.user)
        self.assertEqual(uidls_of(here), uidls)
        here.quit()

    def test_the_wrong_format_is_found_out(self):
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user, 4)
            self.at(before, self.user).quit()
            self.import_maildir(before, self.user, "--uidl-format", "%u.%v")
            report = self.import_maildir(before, self.user, "--check", check=1)
        self.assertFalse(report["nothing_twice"])
        self.assertEqual(report["accounts"][0]["uidl_changed"], 10, report)

    def test_a_client_that_looks_in_has_to_wait(self):
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user, 4)
            self.at(before, self.user).quit()
            here = self.server.mailbox(self.user)
            refused = self.import_maildir(before, self.user, "--patience", "0", check=1)
            self.assertIn("POP3 session", refused["accounts"][0]["verdict"])
            here.quit()
            self.assertTrue(self.import_maildir(before, self.user)["ok"])

    def import_pop3(self, server, *options, check=0, stdin=dovecot.PASSWORD + "\n"):
        return self.server.cli("import", "pop3", "--server", "127.0.0.1", *options, check=check, stdin=stdin)

    def test_over_pop3_with_every_kind_of_tls(self):
        users = ["ann", "bob", "carl"]
        with dovecot.Dovecot(users) as before:
            for user in users:
                self.fill(before, user, 6)
            there = self.at(before, "bob")
            uidls, texts = uidls_of(there), retrieve_all(there)
            there.quit()
            secure = ["--port", before.tls_port, "--ca-file", before.certificate]
            moved = self.import_pop3(before, *secure, "--password-stdin", "bob", self.user, "--full")
            self.assertEqual((moved["ok"], moved["accounts"][0]["stored"], moved["accounts"][0]["uidl_equal"]), (True, 12, 12), moved)
            here = self.server.mailbox(self.user)
            self.assertEqual((uidls_of(here), retrieve_all(here)), (uidls, texts))
            here.quit()
            again = self.import_pop3(before, "--tls", "stls", "--port", before.port, "--insecure", "--password-stdin", "bob", self.user)
            self.assertEqual((again["ok"], again["accounts"][0]["stored"], again["accounts"][0]["known"]), (True, 0, 12), again)
            clear = self.import_pop3(before, "--tls", "none", "--port", before.port, "--password-stdin", "bob", self.user, "--check")
            self.assertTrue(clear["ok"], clear)
            self.assertEqual(len(uidls_of(self.at(before, "bob"))), 12)
            self.assertEqual(self.import_pop3(before, *secure, "--password-stdin", "bob", self.user, check=1, stdin="wrong\n")["accounts"][0]["stored"], 0)
            distrusted = self.import_pop3(before, "--port", before.tls_port, "--password-stdin", "bob", self.user, check=1)
            self.assertIn("certificate", distrusted["accounts"][0]["verdict"])

            first, second = self.new_account("first"), self.new_account("second")
            batch = self.folder / "batch.csv"
            batch.write_text(f'source,password,account\nann,{dovecot.PASSWORD},{first}\n"carl",{dovecot.PASSWORD},{second}\nbob,x,nobody-here\n')
            report = self.folder / "report.csv"
            many = self.import_pop3(before, *secure, "--batch", batch, "--report", report, "--parallel", "3", check=1)
            self.assertEqual([a["stored"] for a in many["accounts"]], [12, 12, 0], many)
            self.assertEqual([a["ok"] for a in many["accounts"]], [True, True, False], many)
            self.assertEqual(len(report.read_text().splitlines()), 4)

    def test_out_again_to_dovecot(self):
        """Export: Dovecot serves the same messages under the same UIDLs."""
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user, 4)
            self.at(before, self.user).quit()
            self.import_maildir(before, self.user)
        self.server.send(message("new", "new\r\n"), [f"{self.user}@{DOMAIN}"])
        here = self.server.mailbox(self.user)
        uidls, texts = uidls_of(here), retrieve_all(here)
        here.quit()
        with dovecot.Dovecot([self.user]) as after:
            box = after.maildir(self.user)
            for part in ("cur", "new", "tmp"):
                (box / part).rmdir()
            box.rmdir()
            done = self.server.cli("export", "maildir", self.user, box)
            self.assertEqual((done["messages"], done["there_already"]), (11, 0), done)
            self.server.send(message("newer", "newer\r\n"), [f"{self.user}@{DOMAIN}"])
            again = self.server.cli("export", "maildir", self.user, box)
            self.assertEqual((again["messages"], again["there_already"]), (1, 11), again)
            for path in (box, *box.rglob("*")):
                os.chown(path, after.owner.pw_uid, after.owner.pw_gid)
            there = self.at(after, self.user)
            self.assertEqual(uidls_of(there)[:11], uidls)
            self.assertEqual(retrieve_all(there)[:11], texts)
            there.quit()

    def test_mbox_there_and_back(self):
        with dovecot.Dovecot([self.user]) as before:
            self.fill(before, self.user, 4)
            before.put(self.user, "1800000000.M1P1.host", b"Subject: froms\n\nFrom a\n>From b\n\n" + b"From x@y Sat Nov 21 22:03:45 2026\n")
            self.at(before, self.user).quit()
            self.import_maildir(before, self.user)
        here = self.server.mailbox(self.user)
        uidls, texts = uidls_of(here), retrieve_all(here)
        here.quit()
        file = self.folder / "mbox"
        self.assertEqual(self.server.cli("export", "mbox", self.user, file)["messages"], 11)
        self.server.cli("export", "mbox", self.user, file, check=1)
        back = self.new_account("back")
        moved = self.server.cli("import", "mbox", file, back)
        self.assertTrue(moved["ok"], moved)
        here = self.server.mailbox(back)
        self.assertEqual(uidls_of(here), uidls)
        got = [text.replace(f"X-UIDL: {uidl}\r\n".encode(), b"", 1) for uidl, text in zip(uidls, retrieve_all(here))]
        self.assertEqual(got, texts)
        here.quit()
