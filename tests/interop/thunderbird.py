"""Thunderbird without a screen: Mozilla's Marionette protocol tells it which account to collect. A profile of its own in the test's folder."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess

from harness import DEADLINE, DOMAIN, message, wait_for

PREFERENCES = {
    "marionette.port": 0,
    "app.update.enabled": False, "app.normandy.enabled": False, "extensions.update.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False, "toolkit.telemetry.enabled": False,
    "network.captive-portal-service.enabled": False, "network.connectivity-service.enabled": False,
    "network.negotiate-auth.trusted-uris": "127.0.0.1",
    "mail.provider.suppress_dialog_on_startup": True, "mailnews.start_page.enabled": False,
    "mail.accountmanager.accounts": "account1,account2", "mail.accountmanager.localfoldersserver": "server2",
    "mail.account.account1.server": "server1", "mail.account.account2.server": "server2",
    "mail.server.server1.type": "pop3", "mail.server.server1.hostname": "127.0.0.1", "mail.server.server1.userName": "bob",
    "mail.server.server1.leave_on_server": True, "mail.server.server1.directory-rel": "[ProfD]Mail/pop",
    "mail.server.server1.login_at_startup": False, "mail.server.server1.check_new_mail": False,
    "mail.server.server2.type": "none", "mail.server.server2.hostname": "Local Folders", "mail.server.server2.userName": "nobody",
    "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
}

SCRIPT = r"""
const [port, socketType, authMethod, password, certificate, done] = arguments;
(async () => {
  const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
  const known = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB).constructX509FromBase64(certificate);
  const trust = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
  trust.rememberValidityOverride("127.0.0.1", port, {}, known, true);
  const server = MailServices.accounts.getIncomingServer("server1");
  Object.assign(server, { port, socketType, authMethod, password });
  const inbox = server.rootFolder.getChildNamed("Inbox");
  const code = await new Promise(resolve => MailServices.pop3.GetNewMail(null, {
    QueryInterface: ChromeUtils.generateQI(["nsIUrlListener"]),
    OnStartRunningUrl() {},
    OnStopRunningUrl(url, result) { resolve(result); },
  }, inbox, server));
  done({ code, subjects: [...inbox.messages].map(m => m.mime2DecodedSubject) });
})().catch(e => done({ code: String(e), subjects: [] }));
"""


class Marionette:
    """Its protocol: `LENGTH:JSON`, as [0, number, command, parameters] and [1, number, error, result]."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=DEADLINE)
        self.file = self.socket.makefile("rb")
        self.number = 0
        self.read()  # who it is

    def read(self):
        length = b""
        while not length.endswith(b":"):
            octet = self.file.read(1)
            assert octet, "Thunderbird has gone"
            length += octet
        return json.loads(self.file.read(int(length[:-1])))

    def call(self, command, **parameters):
        self.number += 1
        raw = json.dumps([0, self.number, command, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(raw), raw))
        _, _, error, result = self.read()
        assert not error, f"{command}: {error}"
        return result

    def close(self):
        self.file.close()
        self.socket.close()


SOCKET_TYPES = {"clear": 0, "stls": 2, "tls": 3}  # nsMsgSocketType


class Thunderbird:
    """One process for all cells; it leaves mail on the server, so that each cell has to bring its own new message."""

    def installed(self):
        return shutil.which("thunderbird") is not None

    def start(self, folder, environment):
        profile = folder / "profile"
        profile.mkdir()
        (profile / "user.js").write_text("".join(f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()))
        self.output = open(folder / "thunderbird.output", "wb")
        self.process = subprocess.Popen(["thunderbird", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote",
                                         "--profile", str(profile)],
                                        env=dict(environment, MOZ_HEADLESS="1"), stdin=subprocess.DEVNULL, stdout=self.output,
                                        stderr=self.output, start_new_session=True)
        port = profile / "MarionetteActivePort"
        try:
            wait_for("Thunderbird listens", lambda: port.exists() and port.read_text().strip())
            self.marionette = Marionette(int(port.read_text()))
            self.marionette.call("WebDriver:NewSession", capabilities={})
            self.marionette.call("Marionette:SetContext", value="chrome")
        except BaseException:
            self.stop()
            raise

    def stop(self):
        """The whole session: it has children."""
        if hasattr(self, "marionette"):
            self.marionette.close()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.output.close()

    def act(self, cell):
        subject = f"over {cell.way} by {cell.mechanism}"
        cell.server.send(message(subject, "hello\r\n"), [f"{cell.user}@{DOMAIN}"])
        certificate = "".join(line for line in pathlib.Path(cell.ca).read_text().splitlines() if not line.startswith("-"))
        result = self.marionette.call("WebDriver:ExecuteAsyncScript", script=SCRIPT, newSandbox=True, scriptTimeout=DEADLINE * 1000,
                                      args=[cell.port, SOCKET_TYPES[cell.way], cell.word, cell.password, certificate])["value"]
        assert result["code"] == 0 and subject in result["subjects"], result
        return b"hello"
