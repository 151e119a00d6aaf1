"""A backup made while mail comes in restores to a working server; damage is found, and nothing is overwritten."""
import pathlib
import shutil
import tempfile

from mail import add_accounts, collect, message, send
from restante import Server, run

ADDRESS = "ann@example.test"
folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-scenario-"))
backup = folder / "backup"


def deliver(server, first, last):
    for number in range(first, last):
        send(server, "x@elsewhere.test", [ADDRESS], message("x@elsewhere.test", ADDRESS, f"number {number}"))


with Server() as server:
    password = add_accounts(server, "ann")
    deliver(server, 0, 20)
    before = collect(server, "ann", password)
    told = server.cli("store", "backup", backup)
    assert told["folder"] == str(backup) and told["reaches"], told
    deliver(server, 20, 25)
    assert server.cli("store", "verify")["ok"] is True
    server.cli("store", "compact")
    refused = run("store", "backup", backup, "--config", server.config, check=1)
    assert "empty" in refused.stderr, refused.stderr
    assert run("store", "restore", backup, "--config", server.config, check=4).stderr.count("is in use by process") == 1

(folder / "second").mkdir()
restored = Server(folder=folder / "second")
try:
    assert "restored into" in run("store", "restore", backup, "--config", restored.config, check=0).stdout
    assert "no fault" in run("store", "verify", "--config", restored.config, check=0).stdout
    restored.start()
    assert "administrator_password" not in restored.ready
    assert collect(restored, "ann", password) == before
    deliver(restored, 25, 26)
    assert len(collect(restored, "ann", password)) == 21
    assert restored.stop() == 0
    assert "is there already" in run("store", "restore", backup, "--config", restored.config, check=1).stderr

    # One flipped bit in a message is found, by verify and by doctor.
    log = sorted((restored.data / "mail").glob("*.log"))[0]
    raw = bytearray(log.read_bytes())
    raw[raw.index(b"number 7")] ^= 1
    log.write_bytes(raw)
    assert "fault" in run("store", "verify", "--config", restored.config, check=1).stdout
    findings = {f["check"]: f for f in restored.cli("doctor", check=1)["findings"]}
    assert findings["store"]["state"] == "fail" and findings["store"]["advice"], findings
finally:
    restored.stop()
    shutil.rmtree(folder)
