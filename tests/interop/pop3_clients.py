"""POP3 clients of Debian collect from us: every message arrives, unchanged, once."""
import mailbox
import os
import pathlib
import poplib
import tempfile

from harness import PASSWORD, ServerTest, body_of, retrieve_all


def lf(raw):
    """Clients that store mail on Unix write LF; a last line without end may gain one."""
    return raw.replace(b"\r\n", b"\n").rstrip(b"\n")


NOBODY = 65534


class CollectTest(ServerTest):
    def setUp(self):
        self.home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(self.home.cleanup)
        self.folder = pathlib.Path(self.home.name)
        for part in ("cur", "new", "tmp"):
            (self.folder / "Maildir" / part).mkdir(parents=True)
        self.environment = dict(os.environ, HOME=self.home.name, LC_ALL="C.UTF-8")

    def collected(self):
        box = mailbox.Maildir(self.folder / "Maildir", create=False)
        return sorted(lf(body_of(box.get_bytes(key).replace(b"\r\n", b"\n"))) for key in box.keys())

    def assert_collected(self, sent):
        self.assertEqual(self.collected(), sorted(lf(body_of(raw)) for raw in sent))

    def assert_server_has(self, count):
        client = self.server.mailbox("bob")
        self.assertEqual(client.stat()[0], count)
        client.quit()

    def script(self, name, text):
        path = self.folder / name
        path.write_text(text)
        path.chmod(0o600)
        return str(path)


class Curl(CollectTest):
    def curl(self, scheme, port, *arguments):
        return self.run_client(["curl", "--silent", "--show-error", "--fail", "--cacert", self.server.ca,
                                "--resolve", f"mail.test:{port}:127.0.0.1", "--user", f"bob:{PASSWORD}",
                                *arguments[1:], f"{scheme}://mail.test:{port}/{arguments[0]}"])

    def test_stls_and_implicit_tls_bring_equal_bytes(self):
        sent = self.fill("bob")
        for scheme, port, extra in (("pop3", self.server.pop3, "--ssl-reqd"), ("pop3s", self.server.pop3s, "--ssl-reqd")):
            for number, raw in enumerate(sent, 1):
                got = self.curl(scheme, port, str(number), extra)
                self.assertEqual(body_of(got), body_of(raw), f"{scheme} message {number}")

    def test_every_plain_mechanism(self):
        self.fill("bob")
        for mechanism in ("AUTH=PLAIN", "AUTH=LOGIN"):
            listing = self.curl("pop3s", self.server.pop3s, "", "--login-options", mechanism)
            self.assertEqual(len(listing.splitlines()), 8)

    def test_a_clear_password_is_refused(self):
        self.fill("bob")
        with self.assertRaises(AssertionError):
            self.curl("pop3", self.server.pop3, "1")

    def test_deletes_with_quit(self):
        self.fill("bob")
        self.curl("pop3s", self.server.pop3s, "3", "--request", "DELE", "--head")
        self.assert_server_has(7)


class Mpop(CollectTest):
    def rc(self, tls):
        port = self.server.pop3 if tls == "starttls" else self.server.pop3s
        return self.script("mpoprc", f"""
account default
host 127.0.0.1
port {port}
user bob
password {PASSWORD}
tls on
tls_starttls {'on' if tls == 'starttls' else 'off'}
tls_trust_file {self.server.ca}
tls_host_override mail.test
delivery maildir {self.folder / 'Maildir'}
received_header off
uidls_file {self.folder / 'uidls'}
""")

    def test_keep_collects_each_message_once_then_deletes(self):
        sent = self.fill("bob")
        rc = self.rc("starttls")
        for _ in range(2):
            self.run_client(["mpop", "-C", rc, "--keep=on", "--quiet"], env=self.environment)
            self.assert_collected(sent)
            self.assert_server_has(len(sent))
        self.run_client(["mpop", "-C", self.rc("implicit"), "--keep=off", "--quiet"], env=self.environment)
        self.assert_collected(sent)
        self.assert_server_has(0)


class Fetchmail(CollectTest):
    def test_collects_all_and_deletes(self):
        sent = self.fill("bob")
        store = self.script("store", f"#!/bin/sh\nexec cat > \"$(mktemp {self.folder}/Maildir/new/XXXXXXXX)\"\n")
        pathlib.Path(store).chmod(0o700)
        rc = self.script("fetchmailrc", f"""
set pidfile "{self.folder}/pid"
set no bouncemail
set invisible
poll mail.test via "127.0.0.1" proto POP3 service {self.server.pop3s} uidl no dns
  user "bob" pass "{PASSWORD}" ssl sslproto "auto" sslcommonname "mail.test" sslcertck
  sslcertfile "{self.server.ca}" no rewrite pass8bits fetchall mda "{store}"
""")
        self.run_client(["fetchmail", "-f", rc, "--silent"], env=self.environment)
        self.assert_collected(sent)
        self.assert_server_has(0)


class Getmail(CollectTest):
    def rc(self, delete):
        return self.script("getmailrc", f"""
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = {self.server.pop3s}
username = bob
password = {PASSWORD}
ca_certs = {self.ca_copy()}
[destination]
type = Maildir
path = {self.folder}/Maildir/
[options]
read_all = false
delete = {delete}
delivered_to = false
received = false
verbose = 0
""")

    def ca_copy(self):
        """The server's folder is closed to others."""
        copy = self.folder / "ca.pem"
        copy.write_bytes(pathlib.Path(self.server.ca).read_bytes())
        return copy

    def test_leave_on_server_collects_once_then_deletes(self):
        sent = self.fill("bob")
        state = self.folder / "state"
        state.mkdir()
        for delete in ("false", "false", "true"):
            rc = self.rc(delete)
            other = {}
            if os.geteuid() == 0:  # getmail refuses to deliver as root
                other["user"] = other["group"] = NOBODY
                for path in (self.folder, *self.folder.rglob("*")):
                    os.chown(path, NOBODY, NOBODY)
            self.run_client(["getmail", "--getmaildir", str(state), "--rcfile", rc], env=self.environment, **other)
            self.assert_collected(sent)
        self.assert_server_has(0)


class Poplib(CollectTest):
    def test_the_whole_protocol(self):
        sent = self.fill("bob")
        client = self.server.mailbox("bob")
        self.assertEqual([body_of(raw) for raw in retrieve_all(client)], [body_of(raw) for raw in sent])
        sizes = [int(line.split()[1]) for line in client.list()[1]]
        self.assertEqual(client.stat(), (len(sent), sum(sizes)))
        self.assertEqual(sizes, [client.retr(n)[2] for n in range(1, len(sent) + 1)])
        uidls = client.uidl()[1]
        self.assertEqual(len(set(line.split()[1] for line in uidls)), len(sent))
        head = b"\r\n".join(client.top(8, 1)[1])
        self.assertTrue(head.endswith(b"0123456789abcdef"))
        client.dele(1)
        client.rset()
        client.dele(2)
        client.quit()
        again = self.server.mailbox("bob")
        self.assertEqual([line.split()[1] for line in again.uidl()[1]],
                         [line.split()[1] for number, line in enumerate(uidls) if number != 1])
        again.quit()

    def test_a_second_session_is_told_in_use_and_a_drop_frees_the_maildrop(self):
        self.fill("bob")
        first = self.server.mailbox("bob")
        first.dele(1)
        with self.assertRaisesRegex(poplib.error_proto, r"\[IN-USE\]"):
            self.server.mailbox("bob")
        first.close()  # no QUIT: nothing may be deleted

        def free():
            try:
                client = self.server.mailbox("bob")
            except poplib.error_proto:
                return None
            count = client.stat()[0]
            client.quit()
            return count

        from harness import wait_for
        self.assertEqual(wait_for("the lease is released", free), 8)

    def test_wrong_password_and_unknown_user_sound_the_same(self):
        texts = set()
        for name in ("bob", "nobody"):
            client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, context=self.unchecked())
            client.user(name)
            with self.assertRaises(poplib.error_proto) as caught:
                client.pass_("wrong")
            texts.add(str(caught.exception))
            client.close()
        self.assertEqual(len(texts), 1, texts)
        self.assertIn("[AUTH]", texts.pop())

    def unchecked(self):
        context = self.server.tls()
        context.check_hostname = False
        return context
