"""tools/install-files: everything arrives, a configuration that is there stays; the units are ones systemd accepts."""
import os
import pathlib
import shutil
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]

with tempfile.TemporaryDirectory() as folder:
    target = pathlib.Path(folder, "root")
    program = pathlib.Path(folder, "program")
    program.write_text("#!/bin/sh\n")

    def install(**more):
        subprocess.run([ROOT / "tools/install-files", program], check=True, env={**os.environ, "DESTDIR": str(target), **more})

    install()
    assert os.access(target / "usr/bin/restante", os.X_OK)
    for path in ("lib/systemd/system/restante.service", "lib/systemd/system/restante.socket", "lib/sysusers.d/restante.conf",
                 "share/doc/restante/operations.md"):
        assert (target / "usr" / path).is_file(), path
    (target / "etc/restante.toml").write_text("# mine\n")
    install()
    assert (target / "etc/restante.toml").read_text() == "# mine\n"

    install(PREFIX="/opt/restante")
    unit = (target / "opt/restante/lib/systemd/system/restante.service").read_text()
    assert "ExecStart=/opt/restante/bin/restante serve" in unit, unit

    # Every port that systemd would bind is one the default configuration serves.
    default_ports = {"25", "110", "465", "587", "995"}
    socket = (target / "usr/lib/systemd/system/restante.socket").read_text()
    listed = [line.rsplit(":", 1)[1] for line in socket.splitlines() if line.startswith("ListenStream=")]
    assert set(listed) == default_ports and len(listed) == 2 * len(default_ports), listed

    analyze = shutil.which("systemd-analyze")
    if analyze:
        # A unit file alone: its exposure from 0 (safe) to 10 stays low.
        done = subprocess.run([analyze, "security", "--offline=yes", "--threshold=20",
                               str(target / "usr/lib/systemd/system/restante.service")], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout[-1500:] + done.stderr
