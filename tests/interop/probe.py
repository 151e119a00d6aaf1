"""Probes: our own services with an account made on demand, Dovecot as another server, and what goes wrong in plain words."""
import pathlib
import tempfile
import unittest

import dovecot
from harness import DOMAIN, PASSWORD, ServerTest


def results(report):
    return {step["name"]: step["result"] for step in report["steps"]}


class Own(ServerTest):
    def metrics(self):
        import urllib.request
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port('admin')}/metrics", timeout=20) as answer:
            return answer.read().decode()

    def test_full_and_light(self):
        """Rows S2.38, S2.39, S2.41: found on a verified connection; the report as HTML."""
        for service in ("pop3", "smtp"):
            report = self.server.cli("probe", service)
            self.assertEqual((report["result"], report["error"]), ("success", ""), report)
            self.assertEqual({name: result for name, result in results(report).items() if name in ("connect", "login", "send", "find", "delete")},
                             dict.fromkeys(("connect", "login", "send", "find", "delete"), "success"), report)
            light = self.server.cli("probe", service, "--light")
            self.assertEqual((light["result"], results(light)["login"]), ("success", "success"), light)
            self.assertEqual(results(light)["send"], "skipped", light)
        self.assertIn('restante_probe_success{service="pop3"} 1', self.metrics())
        self.assertIn('restante_probe_step_milliseconds{service="pop3",step="delete"}', self.metrics())
        # Somebody changed its password: it gets a new one with the next probe.
        self.server.cli("account", "password", "restante-probe", "--password", "something-else-1")
        page = pathlib.Path(self.server.folder) / "probe.html"
        self.server.cli("probe", "pop3", "--html", page)
        self.assertIn("<td>success</td>", page.read_text())


@unittest.skipUnless(dovecot.is_installed(), "Dovecot is not installed")
class Other(ServerTest):
    """Settings allow connections to this machine."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.stop()
        cls.server.config.write_text(cls.server.config.read_text() + "[fetch]\nallow_loopback = true\n")
        cls.server.start()

    def probe(self, service, *options, check=0):
        return self.server.cli("probe", service, "--server", "127.0.0.1", *options, check=check)

    def test_another_server(self):
        """Rows S2.40, S2.41"""
        with dovecot.Dovecot(["bob"]) as other:
            login = ["--user", "bob", "--password", dovecot.PASSWORD]
            for options in (["--port", other.tls_port, "--ca-file", other.certificate],
                            ["--port", other.port, "--connection-type", "tls", "--trust-any-certificate"],
                            ["--port", other.port, "--connection-type", "plaintext"]):
                report = self.probe("pop3", *options, *login)
                self.assertEqual((report["result"], results(report)["login"], results(report)["send"]), ("success", "success", "skipped"), report)
            wrong = self.probe("pop3", "--port", other.tls_port, "--trust-any-certificate", "--user", "bob", "--password", "x", check=1)
            self.assertIn("check user name and password", wrong["error"])
            distrusted = self.probe("pop3", "--port", other.tls_port, *login, check=1)
            self.assertEqual(results(distrusted)["tls"], "failure", distrusted)
            closed = other.tls_port
        gone = self.probe("pop3", "--port", closed, *login, check=1)
        self.assertEqual((results(gone)["connect"], "login" in results(gone)), ("failure", False), gone)

    def test_ourselves_as_another_server(self):
        login = ["--user", "bob", "--password", PASSWORD, "--address", f"bob@{DOMAIN}", "--trust-any-certificate"]
        full = self.probe("smtp", "--port", self.server.submission, "--connection-type", "tls", "--pop3-server", "127.0.0.1",
                          "--pop3-port", self.server.pop3s, *login)
        self.assertEqual((full["result"], results(full)["delete"]), ("success", "success"), full)
        unknown = self.probe("smtp", "--port", self.server.smtps, "--user", "bob", "--password", PASSWORD, check=1)
        self.assertEqual(results(unknown)["tls"], "failure", unknown)
