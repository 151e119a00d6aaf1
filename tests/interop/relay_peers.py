"""We send to Debian's Postfix and Exim, in a network of our own with a name server of our own."""
import hashlib
import http.server
import os
import pathlib
import shutil
import smtplib
import ssl
import subprocess
import tempfile
import threading
import unittest

import network
import restante
from harness import DOMAIN, PASSWORD, Server, retrieve_all, wait_for
from name_server import NameServer

ALICE = f"alice@{DOMAIN}"
ZONE = """
far.test        MX 10 mx.far.test
mx.far.test     A 127.0.0.2
nodsn.test      MX 10 mx.nodsn.test
mx.nodsn.test   A 127.0.0.3
broken.test     MX 10 mx.broken.test
mx.broken.test  A 127.0.0.4
slow.test       MX 10 mx.slow.test
mx.slow.test    A 127.0.0.5
dead.test       MX 10 mx.dead.test
mx.dead.test    A 127.0.0.9
backup.test     MX 10 mx.dead.test
backup.test     MX 20 mx.far.test
dane.test       MX 10 mx.dane.test
mx.dane.test    A 127.0.0.2
sts.test        MX 10 mx.far.test
_mta-sts.sts.test TXT v=STSv1; id=1
mta-sts.sts.test A 127.0.0.7
misnamed.test   MX 10 mx.far.test
_mta-sts.misnamed.test TXT v=STSv1; id=1
mta-sts.misnamed.test A 127.0.0.7
trial.test      MX 10 mx.far.test
_mta-sts.trial.test TXT v=STSv1; id=1
mta-sts.trial.test A 127.0.0.7
exim.test       MX 10 mx.exim.test
mx.exim.test    A 127.0.0.6
"""
CONFIG = restante.CONFIG + """
[dns]
servers = ["{dns}"]
timeout = "500ms"
trusted = true
[relay]
allow_internal = true
retry_first = "2s"
retry_max = "2s"
poll = "20ms"
ca_file = "{ca}"
"""
MASTER = """
127.0.0.2:25 inet n - n - - smtpd
127.0.0.3:25 inet n - n - - smtpd -o smtpd_discard_ehlo_keywords=dsn,8bitmime
127.0.0.4:25 inet n - n - - smtpd -o smtpd_tls_protocols=!TLSv1.3,!TLSv1.2,!TLSv1.1,!TLSv1
127.0.0.5:25 inet n - n - - smtpd -o {{ smtpd_client_restrictions = sleep 2 }}
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
proxymap  unix  - - n - - proxymap
smtp      unix  - - n - - smtp
virtual   unix  - n n - - virtual
error     unix  - - n - - error
retry     unix  - - n - - error
anvil     unix  - - n - 1 anvil
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""
MAIN = """
compatibility_level = 3.6
myhostname = mx.far.test
mydestination =
mynetworks = 127.0.0.100/32
queue_directory = {folder}/spool
data_directory = {folder}/data
mail_owner = postfix
setgid_group = postdrop
daemon_directory = /usr/lib/postfix/sbin
command_directory = /usr/sbin
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
virtual_mailbox_domains = far.test, nodsn.test, broken.test, slow.test, backup.test, dane.test, sts.test, misnamed.test, trial.test
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:inbox
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{uid}
virtual_minimum_uid = 1
relayhost = [127.0.0.1]:{back}
smtp_host_lookup = native
disable_dns_lookups = yes
smtpd_tls_chain_files = {folder}/good.pem
smtpd_tls_security_level = may
smtpd_tls_received_header = yes
smtpd_recipient_restrictions = check_recipient_access inline:{{ {{ no@far.test = 550 5.1.1 no such user }}, {{ grey@far.test = 450 4.2.0 greylisted }} }}, reject_unauth_destination
smtputf8_enable = no
"""
EXIM = """
primary_hostname = mx.exim.test
daemon_smtp_ports = 25
local_interfaces = 127.0.0.6
tls_advertise_hosts = *
tls_certificate = {folder}/good.pem
dsn_advertise_hosts = *
spool_directory = {folder}/exim
log_file_path = {folder}/exim-%slog
pid_file_path = {folder}/exim.pid
exim_path = {program}
exim_user = Debian-exim
exim_group = Debian-exim
never_users =
acl_smtp_rcpt = rcpt
acl_smtp_data = accepted
begin acl
rcpt:
  deny    local_parts = no
          message = no such user
  defer   local_parts = grey
          condition = ${{if exists{{{folder}/let-in}}{{no}}{{yes}}}}
          message = greylisted
  accept  domains = exim.test
  deny    message = no relaying
accepted:
  accept
begin routers
all:
  driver = accept
  transport = file
begin transports
file:
  driver = appendfile
  file = {folder}/exim-inbox
  user = Debian-exim
"""


class PeersTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        network.enter()
        cls.dns = cls.enterClassContext(NameServer(ZONE, ad=True))
        cls.home = cls.enterClassContext(tempfile.TemporaryDirectory(prefix="restante-peers-", ignore_cleanup_errors=True))
        cls.folder = pathlib.Path(cls.home)
        cls.folder.chmod(0o755)
        cls.make_certificate("good", "mx.far.test")
        cls.make_certificate("broken", "mx.broken.test")
        cls.make_certificate("web", "mta-sts.sts.test", "mta-sts.misnamed.test", "mta-sts.trial.test")
        ca = cls.folder / "ca.pem"
        ca.write_text((cls.folder / "good.crt").read_text() + (cls.folder / "web.crt").read_text())
        cls.server = cls.enterClassContext(Server(config=CONFIG.replace("{dns}", cls.dns.address).replace("{ca}", str(ca))))
        cls.server.add_accounts("alice")

    @classmethod
    def make_certificate(cls, name, *hosts):
        key, chain = cls.folder / f"{name}.key", cls.folder / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                        "-subj", f"/CN={hosts[0]}", "-addext", "subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts), "-keyout", key, "-out", chain], check=True, capture_output=True)
        (cls.folder / f"{name}.pem").write_text(key.read_text() + chain.read_text())
        (cls.folder / f"{name}.pem").chmod(0o644)

    def setUp(self):
        client = self.server.mailbox("alice")
        for number in range(client.stat()[0]):
            client.dele(number + 1)
        client.quit()

    def submit(self, recipients, subject, notify=None, text="hello\r\n"):
        raw = f"Subject: {subject}\r\nFrom: {ALICE}\r\nTo: {recipients[0]}\r\n\r\n{text}".encode()
        with smtplib.SMTP("127.0.0.1", self.server.submission, timeout=60) as client:
            client.starttls(context=self.server.tls())
            client.login("alice", PASSWORD)
            options = [f"NOTIFY={notify}"] if notify else []
            body = [] if raw.isascii() else ["BODY=8BITMIME"]
            self.assertEqual(client.sendmail(ALICE, recipients, raw, mail_options=body, rcpt_options=options), {})

    def told(self):
        """What alice was told, once she was."""
        def mails():
            client = self.server.mailbox("alice")
            found = retrieve_all(client)
            client.quit()
            return found
        return wait_for("alice is told", mails)[0].decode()

    def inbox(self, name="inbox"):
        path = self.folder / name
        return path.read_text(errors="replace") if path.exists() else ""

    def arrived(self, subject, name="inbox"):
        return wait_for(f"{subject} arrives", lambda: f"Subject: {subject}\n" in self.inbox(name) and self.inbox(name))

    def empty_queue(self):
        wait_for("the queue is empty", lambda: self.server.cli("queue", "list")["items"] == [])


class Postfix(PeersTest):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists("/usr/sbin/postfix"):
            raise unittest.SkipTest("Postfix is not installed")
        super().setUpClass()
        cls.config = cls.folder / "etc"
        for name in ("etc", "spool", "data"):
            (cls.folder / name).mkdir()
        uid = shutil.os.stat("/var/lib/postfix").st_uid
        os.chown(cls.folder / "data", uid, -1)
        (cls.folder / "inbox").touch()
        os.chown(cls.folder / "inbox", uid, -1)
        os.chown(cls.folder, uid, -1)
        facts = {"folder": cls.folder, "uid": uid, "back": cls.server.mx}
        (cls.config / "main.cf").write_text(MAIN.format(**facts))
        (cls.config / "master.cf").write_text(MASTER.format(**facts))
        done = subprocess.run(["postfix", "-c", cls.config, "start"], capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"Postfix does not start: {done.stdout}{done.stderr}{cls.log()}")
        cls.addClassCleanup(subprocess.run, ["postfix", "-c", cls.config, "stop"], capture_output=True)

    @classmethod
    def log(cls):
        path = cls.folder / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def test_takes_mail_over_tls_and_confirms_it(self):
        self.submit(["anna@far.test"], "Confirmed", notify="SUCCESS")
        self.arrived("Confirmed")
        self.assertIn("using TLSv1.3", self.inbox())
        self.assertIn("Action: delivered", self.told())  # Postfix's own report, not ours
        self.empty_queue()

    def test_refused_and_greylisted(self):
        self.submit(["no@far.test", "anna@far.test"], "Refused")
        self.arrived("Refused")
        report = self.told()
        self.assertIn("Status: 5.1.1", report)
        self.assertIn("no such user", report)
        self.assertNotIn("anna@far.test\r\nAction", report)
        self.submit(["grey@far.test"], "Grey")
        row = wait_for("it is greylisted", lambda: [r for r in self.server.cli("queue", "list")["items"] if r["attempts"] > 0])[0]
        self.assertIn("greylisted", row["last_error"])
        self.server.cli("queue", "delete", "--recipient", "grey@far.test")

    def test_without_dsn_the_sender_hears_that_it_was_passed_on(self):
        self.submit(["anna@nodsn.test"], "Passed on", notify="SUCCESS")
        self.arrived("Passed on")
        self.assertIn("Action: relayed", self.told())

    def test_without_8bitmime_it_goes_back(self):
        self.submit(["anna@nodsn.test"], "Eight", text="h\u00e9llo\r\n")
        self.assertIn("Status: 5.6.3", self.told())

    def test_broken_tls_is_no_reason_to_keep_mail(self):
        self.submit(["anna@broken.test"], "In clear")
        self.arrived("In clear")

    def test_slow_and_dead_hosts_do_not_hold_up_others(self):
        self.submit(["anna@slow.test"], "Slow")
        self.submit(["anna@dead.test"], "Dead")
        self.submit(["anna@far.test"], "Fast")
        inbox = self.arrived("Fast")
        self.assertNotIn("Subject: Slow\n", inbox)
        self.arrived("Slow")
        self.submit(["anna@backup.test"], "Backup")
        self.arrived("Backup")
        destination = wait_for("dead.test fails", lambda: [d for d in self.server.cli("queue", "destinations")["items"]
                                                           if d["domain"] == "dead.test" and d["failures"] > 0])[0]
        self.assertIn("127.0.0.9", destination["last_error"])
        self.server.cli("queue", "bounce", "--domain", "dead.test")
        self.assertIn("returned by an administrator", self.told())


    def tlsa(self, name):
        """The record that names the key of a certificate (RFC 6698 2.1: usage 3, the key, SHA-256)."""
        public = subprocess.run(["openssl", "x509", "-in", self.folder / f"{name}.crt", "-noout", "-pubkey"], check=True, capture_output=True)
        key = subprocess.run(["openssl", "pkey", "-pubin", "-outform", "DER"], input=public.stdout, check=True, capture_output=True)
        return "_25._tcp.mx.dane.test TLSA 3 1 1 " + hashlib.sha256(key.stdout).hexdigest()

    def waiting_for(self, domain, words):
        return wait_for(f"{domain} fails with {words}", lambda: [d for d in self.server.cli("queue", "destinations")["items"]
                                                                  if d["domain"] == domain and words in d["last_error"]])

    def test_dane_decides_whose_certificate_is_right(self):  # D4
        self.dns.set(ZONE + self.tlsa("broken") + "\n")
        self.submit(["anna@dane.test"], "By DANE")
        self.waiting_for("dane.test", "certificate")
        self.assertNotIn("Subject: By DANE\n", self.inbox())
        self.dns.set(ZONE + self.tlsa("good") + "\n")
        self.server.cli("queue", "retry", "--domain", "dane.test")
        self.arrived("By DANE")

    def test_an_mta_sts_policy_names_the_hosts(self):  # D4
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "web.pem")
        web = http.server.ThreadingHTTPServer(("127.0.0.7", 443), PolicyServer)
        web.socket = context.wrap_socket(web.socket, server_side=True)
        threading.Thread(target=web.serve_forever, daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        self.submit(["anna@misnamed.test"], "Misnamed")
        self.waiting_for("misnamed.test", "policy does not name this host")
        self.submit(["anna@sts.test"], "By policy")
        self.arrived("By policy")
        self.server.cli("queue", "delete", "--domain", "misnamed.test")
        # A policy in its trial period keeps no mail back (RFC 8461 5), but its domain is told what would have failed.
        self.submit(["anna@trial.test"], "On trial")
        self.arrived("On trial")
        counts = wait_for("it is counted", lambda: self.server.cli("queue", "tls-report", "trial.test")["counts"])
        self.assertIn(("sts", "validation-failure"), [(row["policy"], row["result"]) for row in counts])


class PolicyServer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        host = "mx.far.test" if self.headers["Host"] == "mta-sts.sts.test" else "mx.other.test"
        mode = "testing" if self.headers["Host"] == "mta-sts.trial.test" else "enforce"
        body = f"version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: 86400\r\n".encode()
        self.send_response(200 if self.path == "/.well-known/mta-sts.txt" else 404)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Exim(PeersTest):
    @classmethod
    def setUpClass(cls):
        program = cls.find()
        super().setUpClass()
        network.add_user(cls.folder, "Debian-exim", 64999)
        (cls.folder / "exim").mkdir()
        os.chown(cls.folder, 64999, -1)
        os.chown(cls.folder / "exim", 64999, -1)
        config = cls.folder / "exim.conf"
        config.write_text(EXIM.format(folder=cls.folder, program=program))
        cls.process = subprocess.Popen([program, "-C", config, "-bdf", "-q1s"], stderr=subprocess.PIPE, text=True)
        cls.addClassCleanup(cls.end)

    @classmethod
    def end(cls):
        cls.process.terminate()
        cls.process.communicate(timeout=30)

    @staticmethod
    def find():
        """Debian's Exim cannot be installed beside Postfix: it is taken out of its package."""
        found = shutil.which("exim4")
        if found:
            return found
        keep = pathlib.Path(tempfile.gettempdir()) / "restante-exim"
        program = keep / "usr/sbin/exim4"
        if not program.exists():
            with tempfile.TemporaryDirectory() as folder:
                done = subprocess.run(["apt-get", "download", "exim4-daemon-light"], cwd=folder, capture_output=True, text=True)
                packages = list(pathlib.Path(folder).glob("*.deb"))
                if not packages:
                    raise unittest.SkipTest(f"Exim is not installed, and its package cannot be had: {done.stderr.strip()[-200:]}")
                subprocess.run(["dpkg", "-x", packages[0], keep], check=True, capture_output=True)
        return str(program)

    def test_takes_refuses_and_greylists(self):
        self.submit(["anna@exim.test", "no@exim.test"], "To Exim")
        self.arrived("To Exim", "exim-inbox")
        self.assertIn("no such user", self.told())
        self.submit(["grey@exim.test"], "Grey Exim")
        wait_for("it is greylisted", lambda: [r for r in self.server.cli("queue", "list")["items"] if "greylisted" in r["last_error"]])
        (self.folder / "let-in").touch()
        self.arrived("Grey Exim", "exim-inbox")
        self.empty_queue()


if __name__ == "__main__":
    unittest.main()
