"""A Kerberos realm of one's own: MIT's KDC in a temporary folder, on a loopback port. No file of the system is touched."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

from harness import DEADLINE, wait_for

REALM = "MAIL.TEST"
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


def installed():
    return all(shutil.which(name, path=PATH) for name in ("krb5kdc", "kdb5_util", "kadmin.local", "kinit"))


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Kdc:
    def __init__(self, people, services):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-kdc-"))
        self.port = free_port()
        self.keytab = self.folder / "services.keytab"
        self.environment = dict(os.environ, PATH=PATH, KRB5_CONFIG=str(self.folder / "krb5.conf"),
                                KRB5_KDC_PROFILE=str(self.folder / "kdc.conf"), KRB5RCACHEDIR=str(self.folder),
                                KRB5CCNAME=f"FILE:{self.folder}/nobody")
        (self.folder / "krb5.conf").write_text(f"""
[libdefaults]
default_realm = {REALM}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
[realms]
{REALM} = {{
  kdc = 127.0.0.1:{self.port}
}}
""")
        (self.folder / "kdc.conf").write_text(f"""
[kdcdefaults]
kdc_listen = 127.0.0.1:{self.port}
kdc_tcp_listen = 127.0.0.1:{self.port}
[realms]
{REALM} = {{
  database_name = {self.folder}/principal
  key_stash_file = {self.folder}/stash
  acl_file = {self.folder}/acl
}}
""")
        self.run("kdb5_util", "create", "-s", "-r", REALM, "-P", "master")
        for person in people:
            self.run("kadmin.local", "-q", f"addprinc -randkey {person}")
            self.run("kadmin.local", "-q", f"ktadd -k {self.folder}/{person.replace('/', '_')}.keytab {person}")
        for service in services:
            self.run("kadmin.local", "-q", f"addprinc -randkey {service}")
            self.run("kadmin.local", "-q", f"ktadd -k {self.keytab} {service}")
        self.log = open(self.folder / "log", "wb")
        self.process = subprocess.Popen(["krb5kdc", "-n"], env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        wait_for("the KDC listens", self.listens)

    def run(self, *command, environment=None):
        done = subprocess.run(command, env=environment or self.environment, capture_output=True, text=True, timeout=DEADLINE)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def listens(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        except OSError:
            return False

    def ticket_of(self, person):
        """The environment of somebody who has logged in to the realm."""
        name = person.replace("/", "_")
        environment = dict(self.environment, KRB5CCNAME=f"FILE:{self.folder}/{name}.cache")
        self.run("kinit", "-k", "-t", f"{self.folder}/{name}.keytab", person, environment=environment)
        return environment

    def stop(self):
        self.process.terminate()
        self.process.wait(DEADLINE)
        self.log.close()
        shutil.rmtree(self.folder)
