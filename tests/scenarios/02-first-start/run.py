"""First start: private data directory, certificate, administrator shown once; a second server is kept out; ports in use
and wrong rights end the start with one clear sentence and exit code 4."""
import os
import pathlib
import shutil
import socket
import stat
import subprocess
import tempfile

from restante import CONFIG, PROGRAM, Server, run

folder = tempfile.mkdtemp(prefix="restante-scenario-")
server = Server(folder=folder)
with server:
    assert server.ready["administrator"] == "admin" and len(server.password) >= 20, server.ready
    assert stat.S_IMODE(os.stat(server.data).st_mode) == 0o700
    for name in ("tls/key.pem", "restante.lock"):
        assert stat.S_IMODE(os.stat(server.data / name).st_mode) == 0o600, name
    for found in server.data.rglob("*"):
        if found.is_file():
            assert server.password.encode() not in found.read_bytes(), f"the password stands in {found}"
    assert server.password not in server.log_text()
    fingerprint = (server.data / "tls" / "certificate.pem").read_bytes()

    # A second server on the same data is kept out, and told why.
    second = run("serve", "--config", server.config, check=4)
    assert "is in use by process" in second.stderr and str(server.process.pid) in second.stderr, second.stderr
    assert second.stderr.count("\n") == 1, second.stderr

    # A port in use: the sentence names the port and the key; nothing else of that start is left running.
    port = server.port("pop3")
    other = Server(CONFIG.replace('[pop3]\nlisten = ["127.0.0.1:0"]', f'[pop3]\nlisten = ["127.0.0.1:{port}"]'))
    refused = run("serve", "--config", other.config, check=4)
    assert f"127.0.0.1:{port}" in refused.stderr and "[pop3]" in refused.stderr, refused.stderr
    shutil.rmtree(other.folder)

    # doctor sees a healthy server.
    findings = server.cli("doctor")["findings"]
    assert not [f for f in findings if f["state"] == "fail"], findings
    assert not list(server.data.rglob("*.new"))

# The second start finds all again and shows no password.
with server:
    assert "administrator_password" not in server.ready, server.ready
    assert (server.data / "tls" / "certificate.pem").read_bytes() == fingerprint

# A wrong configuration: exit code 3 and no data directory.
bad = pathlib.Path(folder, "bad.toml")
bad.write_text(f'[server]\ndata_directory = "{folder}/never"\nhostnam = "x"\n')
assert 'did you mean "hostname"' in run("serve", "--config", bad, check=3).stderr
assert not pathlib.Path(folder, "never").exists()

# doctor names what is wrong, and exits with 1.
os.chmod(server.data, 0o755)
broken = run("doctor", "--config", server.config, check=1)
assert f"chmod 700 {server.data}" in broken.stdout, broken.stdout
shutil.rmtree(folder)
