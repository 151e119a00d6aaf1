#!/usr/bin/env python3
"""A list of 10,000 members: how long until each has the mail, and what it costs, for members here and elsewhere.

    RESTANTE=build/release/src/restante bench/list_expansion.py [--here 10000] [--elsewhere 10000] [--mails 3] [--verp]

Members here are accounts: one mail is sent to their list, and the time to the answer is the time of all deliveries, in one commit;
it is checked by POP3 at a hundred of them. Members elsewhere get theirs through the queue and a sink on the loopback device;
without --verp one copy goes to all of a domain ([delivery] verp_limit = 0), with it each has a bounce address of its own. Prints
seconds, rates, CPU and PSS of the server. Exit code 1: somebody did not get it exactly once.
"""
import argparse
import os
import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/scenarios"))
from counting_sink import CountingSink  # noqa: E402
from mail import collect, message, submit  # noqa: E402
from name_server import NameServer  # noqa: E402
from relay_queue import pss  # noqa: E402
from restante import CONFIG, Server  # noqa: E402

MORE = """max_expanded_recipients = 50000
[delivery]
verp_limit = {verp}
[smtp]
account_messages = 0
account_recipients = 0
[mailauth]
verify_mail = false
[dns]
servers = ["{dns}"]
[relay]
port = {port}
allow_internal = true
mta_sts = false
"""
HERE, PASSWORD, ME = "example.test", "secret-password", "m0@example.test"


def cpu(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Cost:
    """`with Cost(server, what, count):` prints what the block took."""

    def __init__(self, server, what, count):
        self.pid, self.what, self.count = server.process.pid, what, count

    def __enter__(self):
        self.begun, self.cpu = time.monotonic(), cpu(self.pid)

    def __exit__(self, kind, *_):
        if kind is None:
            spent, used = time.monotonic() - self.begun, cpu(self.pid) - self.cpu
            print(f"{self.what}: {spent:.2f} s ({self.count / spent:,.0f}/s), CPU {used * 1e3 / self.count:.3f} ms each, "
                  f"PSS {pss(self.pid):.0f} MiB", flush=True)


def add_members(server, name, addresses):
    server.cli("list", "add", name, "--domain", HERE, "--owner", ME, "--posting", "owners")
    file = server.folder / f"{name}.txt"
    file.write_text("\n".join(addresses) + "\n")
    assert server.cli("list", "put", name, "--file", file)["added"] == len(addresses)


def post(server, name, subject):
    submit(server, "m0", PASSWORD, ME, [f"{name}@{HERE}"], message(ME, f"{name}@{HERE}", subject))


def members_here(server, asked):
    names = [f"m{number}" for number in range(max(asked.here, 1))]
    rows = "name,domain,password_hash\n" + "".join(f"{name},{HERE},{{PLAIN}}{PASSWORD}\n" for name in names)
    with Cost(server, "accounts", len(names)):
        server.cli("account", "import", "-", stdin=rows)
    if not asked.here:
        return False
    with Cost(server, "members here put on the list", len(names)):
        add_members(server, "inside", [f"{name}@{HERE}" for name in names])
    for number in range(asked.mails):
        with Cost(server, f"mail {number + 1} delivered to members here", len(names)):
            post(server, "inside", f"inside {number}")
    wrong = [name for name in names[::max(1, len(names) // 100)] if len(collect(server, name, PASSWORD)) != asked.mails]
    print(f"looked at every {max(1, len(names) // 100)}th: {len(wrong)} without exactly {asked.mails} mails {wrong[:5]}")
    return bool(wrong)


def members_elsewhere(server, sink, asked):
    if not asked.elsewhere:
        return False
    addresses = [f"r{number}@d{number % 100}.test" for number in range(asked.elsewhere)]
    with Cost(server, "members elsewhere put on the list", len(addresses)):
        add_members(server, "outside", addresses)
    for number in range(asked.mails):
        with Cost(server, f"mail {number + 1} sent to members elsewhere", len(addresses)):
            begun = time.monotonic()
            post(server, "outside", f"outside {number}")
            print(f"  answered after {time.monotonic() - begun:.2f} s")
            end = time.monotonic() + 600
            while sink.taken() < (number + 1) * len(addresses) and time.monotonic() < end:
                time.sleep(0.1)
    counts = sink.counts()
    wrong = [one for one in addresses if counts[one] != asked.mails]
    print(f"{len(wrong)} elsewhere without exactly {asked.mails} mails {wrong[:5]}")
    return bool(wrong)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("here", 10_000), ("elsewhere", 10_000), ("mails", 3)):
        arguments.add_argument("--" + name, type=int, default=default)
    arguments.add_argument("--verp", action="store_true")
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="list-expansion-") as folder, CountingSink(folder) as sink, NameServer() as dns:
        dns.set("\n".join(f"d{number}.test MX 10 mx.test" for number in range(100)) + "\nmx.test A 127.0.0.1\n")
        more = MORE.format(verp=100_000 if asked.verp else 0, dns=dns.address, port=sink.port)
        server = Server(CONFIG.replace('level = "debug"', 'level = "warn"').rstrip() + "\n" + more, pathlib.Path(folder))
        with server:
            server.api("POST", "/domains", {"name": HERE, "tenant": "admin"})
            failed = members_here(server, asked)
            failed = members_elsewhere(server, sink, asked) or failed
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
