"""A network of one's own for a test: only a loopback device, so that ports 25 and 53 are free and nothing leaves."""
import ctypes
import os
import pathlib
import subprocess
import unittest

NEWNS, NEWNET = 0x00020000, 0x40000000


def enter():
    """Moves this process, and what it starts, into a new network and mount namespace; skips the test where it cannot."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root for a network namespace")
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(NEWNET | NEWNS) != 0:
        raise unittest.SkipTest("no network namespaces here: " + os.strerror(ctypes.get_errno()))
    for command in (["mount", "--make-rprivate", "/"], ["ip", "link", "set", "lo", "up"]):
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise unittest.SkipTest(f"{' '.join(command)}: {done.stderr.strip()}")


def add_user(folder, name, number):
    """A user that exists for this process only; programs are built to run as one."""
    for path, line in (("/etc/passwd", f"{name}:x:{number}:{number}::/nonexistent:/usr/sbin/nologin\n"),
                       ("/etc/group", f"{name}:x:{number}:\n")):
        text = pathlib.Path(path).read_text()
        if f"\n{name}:" in text:
            continue
        own = pathlib.Path(folder) / pathlib.Path(path).name
        own.write_text(text + line)
        subprocess.run(["mount", "--bind", str(own), path], check=True)
