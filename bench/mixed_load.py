#!/usr/bin/env python3
"""Holds a server under a steady mix of deliveries and POP3 sessions and watches what it uses.

    bench/mixed_load.py DIR/ports.env [--minutes 60] [--deliveries 10] [--sessions 5] [--csv FILE]

DIR/ports.env is what candidate.sh writes. Rates are per second. Of the POP3 sessions, half use TLS; 40 % look at STAT only,
35 % take and delete everything, 15 % list and take three messages, 10 % break off in the middle; once a minute a password
is wrong. Every sample (30 s) is a line of the CSV file: memory (own_kb: without the program's file; the others change when another
process of the same program comes or goes), mails in the maildrops, open files and threads of the server's process, octets its folder
occupies, CPU. The last line tells the growth from the mean of minutes 10 to 15 to that of the last five minutes.
Exit code 1: a step failed other than by a broken-off session.
"""
import argparse
import csv
import os
import poplib
import random
import smtplib
import ssl
import sys
import threading
import time

USERS = 100
SAMPLE_SECONDS = 30
BROWSED = 3


class Ports:
    def __init__(self, path):
        with open(path) as lines:
            values = dict(line.strip().split("=", 1) for line in lines if "=" in line)
        self.smtp, self.pop, self.pops = (int(values[key]) for key in ("SMTP", "POP", "POPS"))
        self.password = values["PASSWORD"]
        self.folder = os.path.dirname(os.path.abspath(path))
        with open(values["STATE"]) as lines:
            self.pid = int(next(line for line in lines if line.startswith("child="))[len("child="):])


class Mix:
    """The load: two threads that keep their pace, and one for wrong passwords."""

    def __init__(self, ports, options):
        self.ports, self.stop, self.lock = ports, threading.Event(), threading.Lock()
        self.counts = dict.fromkeys(("delivered", "sessions", "retrieved", "deleted", "refused", "errors"), 0)
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.threads = [threading.Thread(target=self.pace, args=pair, daemon=True) for pair in (
            (self.deliver, options.deliveries), (self.collect, options.sessions), (self.wrong_password, 1 / 60))]

    def count(self, name, more=1):
        with self.lock:
            self.counts[name] += more

    def pace(self, step, rate):
        due, dice = time.monotonic(), random.Random(step.__name__)
        while not self.stop.wait(max(0.0, due - time.monotonic())):
            due = max(due + 1 / rate, time.monotonic() - 1)
            try:
                step(dice)
            except (OSError, smtplib.SMTPException, poplib.error_proto) as problem:
                self.count("errors")
                print(f"{step.__name__}: {problem!r}", file=sys.stderr)

    def deliver(self, dice):
        size = dice.choices((1_000, 8_000, 50_000, 1_000_000), (50, 40, 9.7, 0.3))[0]
        line = b"0123456789abcdef" * 4 + b"\r\n"
        body = b"Subject: mixed load\r\n\r\n" + line * (size // len(line))
        recipients = [f"user{dice.randrange(USERS)}@load.test" for _ in range(dice.choice((1, 1, 1, 3)))]
        with smtplib.SMTP("127.0.0.1", self.ports.smtp, timeout=60) as client:
            client.sendmail("sender@load.test", recipients, body)
        self.count("delivered", len(set(recipients)))

    def open(self, dice):
        if dice.random() < 0.5:
            return poplib.POP3_SSL("127.0.0.1", self.ports.pops, context=self.tls, timeout=60)
        return poplib.POP3("127.0.0.1", self.ports.pop, timeout=60)

    def collect(self, dice):
        client = self.open(dice)
        client.user(f"user{dice.randrange(USERS)}")
        client.pass_(self.ports.password)
        messages, _ = client.stat()
        kind = dice.choices(("look", "drain", "browse", "break"), (40, 35, 15, 10))[0]
        wanted = {"look": 0, "drain": messages}.get(kind, min(messages, BROWSED))
        if wanted:
            client.uidl()
        for number in range(1, wanted + 1):
            client.retr(number)
            if kind == "drain":
                client.dele(number)
        self.count("sessions")
        self.count("retrieved", wanted)
        if kind == "break":
            client.close()
            return
        client.quit()
        if kind == "drain":
            self.count("deleted", wanted)

    def wrong_password(self, dice):
        client = self.open(dice)
        client.user(f"user{dice.randrange(USERS)}")
        try:
            client.pass_("not it")
        except poplib.error_proto:
            self.count("refused")
        client.close()


def occupied(folder):
    """Octets of disk below the folder; files may vanish meanwhile."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_blocks * 512
            except FileNotFoundError:
                pass
    return total


def sample(ports):
    proc = f"/proc/{ports.pid}"
    with open(f"{proc}/smaps_rollup") as lines:
        memory = dict(line.split(":", 1) for line in lines if line.startswith(("Rss", "Pss:", "Anonymous")))
    with open(f"{proc}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return {"pss_kb": int(memory["Pss"].split()[0]), "rss_kb": int(memory["Rss"].split()[0]),
            "own_kb": int(memory["Anonymous"].split()[0]),
            "open_files": len(os.listdir(f"{proc}/fd")), "threads": int(fields[17]),
            "disk": occupied(os.path.join(ports.folder, "data")),
            "cpu_seconds": (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")}


def mean(rows, key, begin, end):
    values = [row[key] for row in rows if begin <= row["minute"] <= end]
    return sum(values) / len(values)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("env")
    for name, default in (("minutes", 60.0), ("deliveries", 10.0), ("sessions", 5.0)):
        parser.add_argument("--" + name, type=float, default=default)
    parser.add_argument("--csv", default="mixed_load.csv")
    options = parser.parse_args()
    if options.minutes < 20:
        parser.error("--minutes: 20 at least, since growth is told from minute 10 on")
    ports = Ports(options.env)
    mix, rows, start = Mix(ports, options), [], time.monotonic()
    for thread in mix.threads:
        thread.start()
    with open(options.csv, "w", newline="") as out:
        writer = None
        while not rows or rows[-1]["minute"] < options.minutes:
            rows.append({"minute": round((time.monotonic() - start) / 60, 2), **sample(ports), **mix.counts})
            rows[-1]["held"] = mix.counts["delivered"] - mix.counts["deleted"]
            writer = writer or csv.DictWriter(out, rows[0])
            if len(rows) == 1:
                writer.writeheader()
            writer.writerow(rows[-1])
            out.flush()
            time.sleep(max(0.0, start + len(rows) * SAMPLE_SECONDS - time.monotonic()))
    mix.stop.set()
    for thread in mix.threads:
        thread.join(timeout=60)
    print(" ".join(f"{key}={value}" for key, value in mix.counts.items()))
    end = rows[-1]["minute"]
    for key in ("pss_kb", "rss_kb", "own_kb", "open_files", "threads", "disk"):
        early, late = mean(rows, key, 10, 15), mean(rows, key, end - 5, end)
        print(f"{key}: {early:.0f} -> {late:.0f} ({(late - early) / early * 100:+.1f} %), largest {max(row[key] for row in rows)}")
    return 1 if mix.counts["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
