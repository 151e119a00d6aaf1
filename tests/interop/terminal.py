"""Runs a program that wants a person in front of it at a terminal of its own."""
import contextlib
import os
import pty
import select
import subprocess
import time

from harness import DEADLINE


def run(command, environment):
    """Until it ends, with exit code 0; what it showed."""
    ours, its = pty.openpty()
    try:
        process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, env=environment, start_new_session=True)
        os.close(its)
        try:
            shown = read_all(ours)
            assert process.wait(DEADLINE) == 0, f"{command} ended with {process.returncode}: {shown[-4000:]}"
            return shown
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
    finally:
        os.close(ours)


def read_all(terminal):
    shown, end = b"", time.monotonic() + DEADLINE
    with contextlib.suppress(OSError):  # how a terminal says that its other end is closed
        while select.select([terminal], [], [], max(0, end - time.monotonic()))[0]:
            shown += os.read(terminal, 65536)
        raise AssertionError(f"still at the terminal after {DEADLINE} s: {shown[-4000:]}")
    return shown
