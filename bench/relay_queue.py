#!/usr/bin/env python3
"""Fills the queue with mail to many domains, some of them dead, ends the server in the middle and sees how the others fare.

    RESTANTE=build/release/src/restante bench/relay_queue.py [--mails 100000] [--domains 5000] [--dead 500] [--recipients 1]

The relay is stopped while MAILS mails with RECIPIENTS each are queued; then the server is killed (SIGKILL), started, stopped
(SIGTERM) when a third has been sent, started, killed when two thirds have, and started again. Of the dead domains a third has a
server that accepts connections and says nothing, a third one that refuses them, a third no name server that answers. Everything
is on the loopback device.

Prints seconds, rates and the server's PSS. Exit code 1: a recipient of a living domain got nothing within STALL (120) seconds
of the last one, one got a mail twice though only SIGKILL may do that (and no more of them than sessions were under way), or
mail to a dead domain is no longer in the queue. Run it with --dead 0 too: the rate says whether the dead delay the others.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import shutil
import signal
import smtplib
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/scenarios"))
from counting_sink import CountingSink  # noqa: E402
from mail import add_accounts  # noqa: E402
from name_server import NameServer  # noqa: E402
from restante import CONFIG, Server  # noqa: E402

RELAY = """
[smtp]
max_recipients = 10000
account_messages = 0
account_recipients = 0
tenant_messages = 0
tenant_recipients = 0
[mailauth]
verify_mail = false
[dns]
servers = ["{dns}"]
timeout = "1s"
tries = 2
[relay]
port = {port}
allow_internal = true
mta_sts = false
connect_timeout = "30s"
reply_timeout = "5m"
"""
ME = "bob@example.test"
FILLERS = 4
SESSIONS = 1000  # more than [relay] sessions allows: what SIGKILL may double
MAIL = f"Subject: queue\r\nFrom: {ME}\r\n\r\n" + ("x" * 70 + "\r\n") * 14


def pss(pid):
    """MiB; 0 when it has just ended."""
    with contextlib.suppress(OSError), open(f"/proc/{pid}/smaps_rollup") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
    return 0


class Watch(threading.Thread):
    """Largest PSS of the server's process, looked at five times a second."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.most = server, 0

    def run(self):
        while True:
            process = self.server.process
            if process is not None:
                self.most = max(self.most, pss(process.pid))
            time.sleep(0.2)

    def peak(self):
        most, self.most = self.most, 0
        return most


def dead(number, asked):
    return asked.dead > 0 and number % (asked.domains // asked.dead) == 0 and number // (asked.domains // asked.dead) < asked.dead


def zone(asked):
    """A dead domain's kind goes by its place among the dead."""
    lines, kinds = ["mx.test A 127.0.0.1", "silent.test A 127.0.0.2", "refuses.test A 127.0.0.3"], ("silent.test", "refuses.test", None)
    seen = 0
    for number in range(asked.domains):
        host = "mx.test"
        if dead(number, asked):
            host = kinds[seen % 3]
            seen += 1
        lines.append(f"d{number}.test MX 10 {host}" if host else f"d{number}.test DROP")
    return "\n".join(lines)


def recipients(mail, asked):
    first = mail * asked.recipients
    return [f"r{n}@d{n % asked.domains}.test" for n in range(first, first + asked.recipients)]


def fill(server, password, asked):
    def part(number):
        with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), timeout=300) as smtp:
            smtp.starttls(context=server.tls())
            smtp.login("bob", password)
            for mail in range(number, asked.mails, FILLERS):
                refused = smtp.sendmail(ME, recipients(mail, asked), MAIL)
                assert not refused, refused
    with concurrent.futures.ThreadPoolExecutor(FILLERS) as pool:
        list(pool.map(part, range(FILLERS)))


def send_until(sink, count, asked):
    """Seconds until that many recipients got theirs; None if nothing has moved for a while."""
    begun = moved = time.monotonic()
    before = sink.taken()
    while (now := sink.taken()) < count:
        if now > before:
            before, moved = now, time.monotonic()
        if time.monotonic() - moved > asked.stall:
            return None
        time.sleep(0.1)
    return time.monotonic() - begun


def end(server, how):
    begun = time.monotonic()
    code = server.stop(how)
    stopped = time.monotonic() - begun
    begun = time.monotonic()
    server.start()
    print(f"{how.name}: ended with {code} after {stopped:.1f} s, ready again after {time.monotonic() - begun:.1f} s", flush=True)


def verdict(server, sink, asked, alive, slack):
    counts = sink.counts()
    lost = [one for one in alive if one not in counts]
    twice = sum(1 for count in counts.values() if count > 1)
    waiting = sum(row["waiting"] for row in server.cli("queue", "destinations")["items"])
    kept = asked.mails * asked.recipients - len(alive)
    print(f"lost {len(lost)} {lost[:5]}, doubled {twice} (SIGKILL may: {slack}), waiting {waiting} of {kept} for dead domains")
    return bool(lost) or twice > slack or waiting < kept


def run(server, sink, watch, asked):
    with server:
        password = add_accounts(server, "bob")
        server.cli("service", "stop", "relay")
        begun = time.monotonic()
        fill(server, password, asked)
        print(f"queued {asked.mails} in {time.monotonic() - begun:.1f} s; PSS {pss(server.process.pid):.0f} MiB, most {watch.peak():.0f}", flush=True)
        end(server, signal.SIGKILL)
        alive = [one for mail in range(asked.mails) for one in recipients(mail, asked) if not dead(int(one.split("@d")[1].split(".")[0]), asked)]
        sent, spent = 0, 0.0
        for part, how in ((3, signal.SIGTERM), (1.5, signal.SIGKILL), (1, None)):
            until = int(len(alive) / part)
            took = send_until(sink, until, asked)
            if took is None:
                print(f"nothing moves any more: {sink.taken()} of {len(alive)} sent; {server.cli('queue', 'destinations')['items'][:5]}")
                return True
            sent, spent = until, spent + took
            print(f"{until} sent, {spent:.1f} s so far; PSS most {watch.peak():.0f} MiB", flush=True)
            if how:
                end(server, how)
        print(f"{sent} recipients of {asked.domains - asked.dead} domains in {spent:.1f} s ({sent / spent:.0f}/s) while {asked.dead} were dead")
        time.sleep(5)  # late doubles
        return verdict(server, sink, asked, alive, SESSIONS)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, default in (("mails", 100_000), ("domains", 5_000), ("dead", 500), ("recipients", 1), ("stall", 120)):
        arguments.add_argument("--" + name, type=int, default=default)
    arguments.add_argument("--keep", action="store_true", help="leave the server's folder, for its log")
    asked = arguments.parse_args()
    folder = tempfile.mkdtemp(prefix="relay-queue-")
    with CountingSink(folder) as sink, NameServer() as dns, socket.create_server(("127.0.0.2", sink.port), backlog=4096):
        dns.set(zone(asked))
        config = CONFIG.replace('level = "debug"', 'level = "warn"') + RELAY.format(dns=dns.address, port=sink.port)
        server = Server(config, pathlib.Path(folder))
        watch = Watch(server)
        watch.start()
        failed = run(server, sink, watch, asked)
    if asked.keep:
        print(folder)
    else:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    sys.exit(main())
