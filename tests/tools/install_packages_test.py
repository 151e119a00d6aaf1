"""tools/install-packages, with a dpkg-query, apt-get and sudo of our own in front of the real ones."""
import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = sys.argv[1]


def script(folder, name, body):
    path = pathlib.Path(folder, name)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


def run(installed, user=1000, sudo=None, lists=("run",)):
    """Exit code, output and the apt-get calls."""
    with tempfile.TemporaryDirectory() as folder:
        calls = pathlib.Path(folder, "calls")
        script(folder, "dpkg-query", f"echo {'installed' if installed else 'not-installed'}")
        script(folder, "apt-get", f'echo "$@" >> {calls}; exit 1')
        script(folder, "apt-cache", "exit 0")
        script(folder, "id", f"echo {user}")
        for name in ("bash", "env", "sed", "printf", "dirname", "basename", "mktemp", "rm", "tail", "grep", "tee", "cat"):
            if not pathlib.Path(folder, name).exists():
                pathlib.Path(folder, name).symlink_to(f"/usr/bin/{name}")
        if sudo is not None:
            script(folder, "sudo", sudo)
        done = subprocess.run(["/bin/bash", PROGRAM, *lists], env={"PATH": folder, "HOME": os.environ.get("HOME", "/")},
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr, calls.read_text() if calls.exists() else ""


code, said, calls = run(installed=True)
assert code == 0 and "all 2 present" in said and calls == "", (code, said, calls)

code, said, calls = run(installed=False)
assert code == 1 and "run this as root, or install sudo" in said and calls == "", (code, said, calls)

code, said, calls = run(installed=False, sudo="exit 1")
assert code == 1 and "there is no terminal" in said and calls == "", (code, said, calls)

# No source: the update fails, nothing is installed.
code, said, calls = run(installed=False, sudo='[ "$1" = -n ] && exit 0; exec "$@"')
assert code == 1 and "no package source answers" in said, (code, said)
assert "update" in calls and "install" not in calls, calls

code, said, calls = run(installed=True, lists=("nosuch",))
assert code == 2 and "there is no package list" in said, (code, said)
