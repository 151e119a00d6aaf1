"""Debian's Dovecot as a POP3 server on loopback, in a folder of its own. Runs as root or as anybody."""
import grp
import os
import pathlib
import pwd
import shutil
import socket
import subprocess
import tempfile

PROGRAM = "/usr/sbin/dovecot"
PASSWORD = "pw-of-before"


def is_installed():
    return os.path.exists(PROGRAM) and os.path.exists("/usr/lib/dovecot/pop3")


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Dovecot:
    """`with Dovecot(["ann"]) as dovecot:`; the mail of each user lies in dovecot.maildir(name)."""

    def __init__(self, users, settings="", mail_location="maildir:~/Maildir"):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-dovecot-"))
        self.folder.chmod(0o755)
        # Dovecot serves no mail as root.
        self.owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        self.port, self.tls_port = free_port(), free_port()
        self.certificate = self.folder / "certificate.pem"
        self.make_certificate()
        (self.folder / "base").mkdir()
        (self.folder / "users").write_text("".join(f"{user}:{{PLAIN}}{PASSWORD}:::::\n" for user in users))
        for user in users:
            self.make_home(user)
        (self.folder / "dovecot.conf").write_text(self.configuration(mail_location) + settings)

    def make_certificate(self):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                        "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                        "-keyout", self.folder / "key.pem", "-out", self.certificate], check=True, capture_output=True)

    def make_home(self, user):
        for part in ("", "Maildir", "Maildir/cur", "Maildir/new", "Maildir/tmp"):
            path = self.folder / "home" / user / part
            path.mkdir(parents=True, exist_ok=True)
            os.chown(path, self.owner.pw_uid, self.owner.pw_gid)

    def maildir(self, user):
        return self.folder / "home" / user / "Maildir"

    def put(self, user, name, raw, when=None):
        """A message with LF line ends into new/."""
        path = self.maildir(user) / "new" / name
        path.write_bytes(raw)
        os.chown(path, self.owner.pw_uid, self.owner.pw_gid)
        if when is not None:
            os.utime(path, (when, when))

    def configuration(self, mail_location):
        group = grp.getgrgid(self.owner.pw_gid).gr_name
        text = f"""protocols = pop3
listen = 127.0.0.1
log_path = {self.folder}/log
base_dir = {self.folder}/base
state_dir = {self.folder}/base
mail_location = {mail_location}
first_valid_uid = 1
first_valid_gid = 1
mail_uid = {self.owner.pw_name}
mail_gid = {self.owner.pw_gid}
auth_mechanisms = plain login
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{self.certificate}
ssl_key = <{self.folder}/key.pem
passdb {{
  driver = passwd-file
  args = {self.folder}/users
}}
userdb {{
  driver = static
  args = uid={self.owner.pw_name} gid={self.owner.pw_gid} home={self.folder}/home/%u
}}
service pop3-login {{
  inet_listener pop3 {{
    port = {self.port}
  }}
  inet_listener pop3s {{
    port = {self.tls_port}
    ssl = yes
  }}
"""
        if os.geteuid() == 0:
            return text + "}\n"
        return text + f"""  chroot =
}}
service anvil {{
  chroot =
}}
default_login_user = {self.owner.pw_name}
default_internal_user = {self.owner.pw_name}
default_internal_group = {group}
"""

    def __enter__(self):
        output = open(self.folder / "output", "wb")
        self.process = subprocess.Popen([PROGRAM, "-F", "-c", self.folder / "dovecot.conf"], stdout=output, stderr=output)
        output.close()
        from harness import wait_for
        try:
            wait_for("Dovecot answers", self.greets, 20)
        except AssertionError:
            said = "".join(p.read_text(errors="replace") for p in (self.folder / "output", self.folder / "log") if p.exists())
            self.__exit__(None, None, None)
            raise AssertionError(f"Dovecot does not answer: {said}") from None
        return self

    def greets(self):
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=2) as one:
                return one.recv(1) == b"+"
        except OSError:
            return False

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def __exit__(self, kind, value, trace):
        self.stop()
        shutil.rmtree(self.folder)
