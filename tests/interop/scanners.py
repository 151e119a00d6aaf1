"""What scanners find: nothing weak as the server is set by default."""
import re
import shutil
import unittest

from harness import ServerTest

OLD = ("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")


@unittest.skipUnless(shutil.which("sslscan"), "sslscan is not installed")
class Sslscan(ServerTest):
    def scan(self, port, *options):
        return self.run_client(["sslscan", "--no-colour", "--no-compression", *options, f"127.0.0.1:{port}"]).decode()

    def test_nothing_old_and_nothing_weak(self):
        for port, options in ((self.server.pop3s, ()), (self.server.pop3, ("--starttls-pop3",)), (self.server.smtps, ()),
                              (self.server.submission, ("--starttls-smtp",))):
            with self.subTest(port=port, options=options):
                found = self.scan(port, *options)
                for version in OLD:
                    self.assertRegex(found, rf"{re.escape(version)} +disabled", found)
                for version in ("TLSv1.2", "TLSv1.3"):
                    self.assertRegex(found, rf"{re.escape(version)} +enabled", found)
                self.assertNotRegex(found, r"(?<!not )vulnerable to heartbleed", found)
                ciphers = re.findall(r"^(?:Accepted|Preferred) +\S+ +(\d+) bits +(\S+)", found, re.M)
                self.assertTrue(ciphers, found)
                for bits, name in ciphers:
                    self.assertGreaterEqual(int(bits), 128, name)
                    self.assertNotRegex(name, r"NULL|EXP|RC4|DES|MD5|CBC|^AES\d+-SHA", name)
                self.assertNotRegex(found, r"(?i)insecure .*renegotiation (is )?supported", found)


@unittest.skipUnless(shutil.which("nmap"), "nmap is not installed")
class Nmap(ServerTest):
    def scan(self, port, *scripts):
        return self.run_client(["nmap", "--unprivileged", "-Pn", "-n", "-sT", "-p", str(port), "--script", ",".join(f"+{s}" for s in scripts),
                                "127.0.0.1"]).decode()

    def test_pop3_scripts(self):
        found = self.scan(self.server.pop3, "pop3-capabilities", "pop3-ntlm-info", "banner")
        self.assertRegex(found, r"pop3-capabilities:.*\bSTLS\b", found)
        without_expire = found.replace("EXPIRE(NEVER USER)", "")
        self.assertNotRegex(without_expire, r"pop3-capabilities:.*\b(USER|PLAIN|LOGIN|NTLM|CRAM-MD5|APOP)\b(?!-)", found)  # before TLS
        self.assertNotIn("NetBIOS", found)
        banner = next(line for line in found.splitlines() if "banner:" in line)
        self.assertNotRegex(banner, r"\d\.\d", banner)  # no version

    def test_tls_scripts(self):
        found = self.scan(self.server.pop3s, "ssl-enum-ciphers", "ssl-cert")
        self.assertRegex(found, r"least strength: A", found)
        self.assertNotRegex(found, r"TLSv1\.0|TLSv1\.1|SSLv", found)
        self.assertIn("mail.test", found)
