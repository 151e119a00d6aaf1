#!/usr/bin/env python3
"""Holds a server under a steady mix of deliveries and POP3 sessions and watches what it uses.

    bench/mixed_load.py DIR/ports.env [--minutes 60] [--deliveries 10] [--sessions 5] [--relayed 2] [--csv FILE]

DIR/ports.env is what candidate.sh writes. Rates are per second. What is relayed is submitted with STARTTLS and AUTH and goes by a
smarthost to a sink of this script, which defers every twentieth recipient once and refuses every fiftieth; in the end each other one
must have come once. Of the POP3 sessions, half use TLS; 40 % look at STAT only,
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
import socketserver
import ssl
import subprocess
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
        self.smtp, self.submission, self.pop, self.pops = (int(values[key]) for key in ("SMTP", "SUBMISSION", "POP", "POPS"))
        self.password = values["PASSWORD"]
        self.folder = os.path.dirname(os.path.abspath(path))
        with open(values["STATE"]) as lines:
            self.pid = int(next(line for line in lines if line.startswith("child="))[len("child="):])


class Talk(socketserver.StreamRequestHandler):
    """One session with the sink; recipients are rNUMBER@far.test."""

    def say(self, text):
        self.wfile.write(text + b"\r\n")

    def recipient(self, line):
        number = int(line.split(b"<r")[1].split(b"@")[0])
        with self.server.lock:
            first = number not in self.server.seen
            self.server.seen.add(number)
        if number % 50 == 0:
            return b"550 5.1.1 nobody"
        if number % 20 == 7 and first:
            return b"451 4.7.1 come again"
        self.taken.append(number)
        return b"250 2.1.5 fine"

    def handle(self):
        self.taken = []
        self.say(b"220 sink ESMTP")
        for line in self.rfile:
            word = line[:4].upper()
            if word == b"RCPT":
                self.say(self.recipient(line))
            elif word == b"DATA" and not self.taken:
                self.say(b"554 5.5.1 no recipients")
            elif word == b"DATA":
                self.say(b"354 go on")
                while self.rfile.readline() not in (b".\r\n", b""):
                    pass
                with self.server.lock:
                    self.server.taken += self.taken
                self.taken = []
                self.say(b"250 2.0.0 taken")
            elif word == b"QUIT":
                self.say(b"221 2.0.0 bye")
                return
            else:
                self.say(b"250 2.0.0 fine")


class Sink(socketserver.ThreadingTCPServer):
    daemon_threads = allow_reuse_address = True
    request_queue_size = 100

    def __init__(self, ports):
        super().__init__(("127.0.0.1", 0), Talk)
        self.lock, self.seen, self.taken = threading.Lock(), set(), []
        threading.Thread(target=self.serve_forever, daemon=True).start()
        config = ("--config", f"{ports.folder}/restante.toml")
        for command in (("smarthost", "set", "*", "--host", "[127.0.0.1]", "--port", str(self.server_address[1]), "--tls", "none"),
                        ("service", "set", "relay", "retry_first", "20s")):
            subprocess.run((os.readlink(f"/proc/{ports.pid}/exe"), *command, *config), check=True, stdout=subprocess.DEVNULL)

    def missing_and_doubled(self, numbers):
        with self.lock:
            taken = set(self.taken)
            return sorted(number for number in numbers if number % 50 and number not in taken), len(self.taken) - len(taken)


class Mix:
    """The load: three threads that keep their pace, and one for wrong passwords."""

    def __init__(self, ports, options):
        self.ports, self.stop, self.lock = ports, threading.Event(), threading.Lock()
        self.counts = dict.fromkeys(("delivered", "relayed", "sessions", "retrieved", "deleted", "refused", "errors"), 0)
        self.sink = Sink(ports) if options.relayed else None
        self.tls = ssl.create_default_context()
        self.tls.check_hostname, self.tls.verify_mode = False, ssl.CERT_NONE
        self.threads = [threading.Thread(target=self.pace, args=pair, daemon=True) for pair in (
            (self.deliver, options.deliveries), (self.relay, options.relayed), (self.collect, options.sessions), (self.wrong_password, 1 / 60))]

    def count(self, name, more=1):
        with self.lock:
            self.counts[name] += more

    def pace(self, step, rate):
        if not rate:
            return
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

    def relay(self, dice):
        size = dice.choice((1_000, 8_000, 50_000))
        sender = dice.randrange(USERS)
        first, number = self.counts["relayed"] + 1, dice.choice((1, 1, 3))
        with smtplib.SMTP("127.0.0.1", self.ports.submission, timeout=60) as client:
            client.starttls(context=self.tls)
            client.login(f"user{sender}", self.ports.password)
            client.sendmail(f"user{sender}@load.test", [f"r{n}@far.test" for n in range(first, first + number)],
                            b"Subject: relayed\r\n\r\n" + (b"0123456789abcdef" * 4 + b"\r\n") * (size // 66))
        self.count("relayed", number)

    def all_relayed(self):
        """Each exactly once, what was deferred included."""
        end = time.monotonic() + 120
        while self.sink.missing_and_doubled(range(1, self.counts["relayed"] + 1))[0] and time.monotonic() < end:
            time.sleep(1)
        missing, doubled = self.sink.missing_and_doubled(range(1, self.counts["relayed"] + 1))
        print(f"relayed: {len(missing)} missing, {doubled} came again")
        self.count("errors", len(missing) + doubled)

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
    for name, default in (("minutes", 60.0), ("deliveries", 10.0), ("sessions", 5.0), ("relayed", 2.0)):
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
    if mix.sink:
        mix.all_relayed()
    print(" ".join(f"{key}={value}" for key, value in mix.counts.items()))
    end = rows[-1]["minute"]
    for key in ("pss_kb", "rss_kb", "own_kb", "open_files", "threads", "disk"):
        early, late = mean(rows, key, 10, 15), mean(rows, key, end - 5, end)
        print(f"{key}: {early:.0f} -> {late:.0f} ({(late - early) / early * 100:+.1f} %), largest {max(row[key] for row in rows)}")
    return 1 if mix.counts["errors"] else 0


if __name__ == "__main__":
    sys.exit(main())
