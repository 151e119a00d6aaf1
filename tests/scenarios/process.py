"""What the system says about a running program."""
import pathlib
import threading


def resident(pid):
    """Its resident memory, in octets."""
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no VmRSS")


class Peak:
    """`with Peak(pid) as memory:` looks ten times a second; memory.start and memory.most are in octets."""

    def __init__(self, pid):
        self.pid = pid

    def __enter__(self):
        self.start = self.most = resident(self.pid)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.watch)
        self.thread.start()
        return self

    def watch(self):
        while not self.over.wait(0.1):
            self.look()

    def look(self):
        self.most = max(self.most, resident(self.pid))

    @property
    def growth(self):
        return self.most - self.start

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        self.look()
