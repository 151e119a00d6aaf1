#!/usr/bin/env python3
"""Fills the queue with mail to many domains, some of them dead, restarts the server and sees how the others fare.

    RESTANTE=build/release/src/restante bench/relay_queue.py [--recipients 100000] [--domains 5000] [--dead 500]

Prints seconds, rates and the server's memory. Everything is on the loopback device; the other servers are 127.0.0.1 (takes
mail) and 127.0.0.2 (accepts connections and says nothing).
"""
import argparse
import os
import pathlib
import shutil
import smtplib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/scenarios"))
from mail import add_accounts  # noqa: E402
from name_server import NameServer  # noqa: E402
from restante import CONFIG, Server  # noqa: E402
from sink import Sink  # noqa: E402

RELAY = """
[smtp]
max_recipients = 10000
[dns]
servers = ["{dns}"]
[relay]
port = {port}
allow_internal = true
connect_timeout = "30s"
reply_timeout = "5m"
"""
ME = "bob@example.test"


def memory(server):
    for line in pathlib.Path(f"/proc/{server.process.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0


def fill(server, password, domains, recipients, each=100):
    """One mail for each `each` recipients, so that the queue holds many mails with recipients all over."""
    sent = 0
    with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), timeout=300) as smtp:
        smtp.starttls(context=server.tls())
        smtp.login("bob", password)
        while sent < recipients:
            to = [f"r{n}@d{n % domains}.test" for n in range(sent, min(sent + each, recipients))]
            smtp.sendmail(ME, to, f"Subject: {sent}\r\nFrom: {ME}\r\n\r\n{'x' * 60}\r\n" * 1)
            sent += len(to)
            if sent % 10000 == 0:
                print(f"  {sent} queued, {memory(server):.0f} MiB", flush=True)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--recipients", type=int, default=100_000)
    arguments.add_argument("--domains", type=int, default=5_000)
    arguments.add_argument("--dead", type=int, default=500)
    asked = arguments.parse_args()
    step = asked.domains // asked.dead
    with Sink() as sink, NameServer() as dns, socket.create_server(("127.0.0.2", sink.port), backlog=4096):
        dns.set("\n".join(f"d{n}.test MX 10 {'dead' if n % step == 0 else 'mx'}.test" for n in range(asked.domains)) +
                "\nmx.test A 127.0.0.1\ndead.test A 127.0.0.2\n")
        server = Server(CONFIG.replace('level = "debug"', 'level = "warn"') + RELAY.format(dns=dns.address, port=sink.port))
        server.owns_folder = False
        with server:
            password = add_accounts(server, "bob")
            server.cli("service", "stop", "relay")
            begun = time.monotonic()
            fill(server, password, asked.domains, asked.recipients)
            print(f"queued {asked.recipients} in {time.monotonic() - begun:.1f} s; server {memory(server):.0f} MiB")
            server.kill()
        begun = time.monotonic()
        with server:
            print(f"after kill -9: ready again in {time.monotonic() - begun:.1f} s, {memory(server):.0f} MiB")
            alive = asked.recipients - asked.recipients // step
            most = 0
            while True:
                got = sum(len(mail[1]) for mail in list(sink.mails))
                most = max(most, memory(server))
                if got >= alive:
                    break
                time.sleep(0.2)
            spent = time.monotonic() - begun
            print(f"sent {alive} recipients of {asked.domains - asked.dead} domains in {spent:.1f} s ({alive / spent:.0f}/s) "
                  f"while {asked.dead} were dead; at most {most:.0f} MiB, {sink.connections} sessions")
        shutil.rmtree(server.folder, ignore_errors=True)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONDONTWRITEBYTECODE", "1")
    main()
