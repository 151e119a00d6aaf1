#!/usr/bin/env python3
"""How well the spam filter sorts, and what a message costs it, beside bogofilter where that is installed.

    bench/spam_rows.py SPAM HAM      two folders of messages, one a file: such as the SpamAssassin public corpus

Every second message by the digest of its content is taught, the others are judged. Everything as delivered: thresholds, rules, no
questions to the network. CPU is that of the filter's processes, for judging alone.

    PROGRAM     the program under test, build/release/src/restante when left out
    TRAIN       how many of each kind are taught; all of that half when left out
"""
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

TICK = os.sysconf("SC_CLK_TCK")


def halves(folder):
    files = sorted((hashlib.sha256(path.read_bytes()).hexdigest(), path) for path in pathlib.Path(folder).iterdir() if path.is_file())
    paths = [path for _, path in files]
    return paths[0::2][:int(os.environ.get("TRAIN", len(paths)))], paths[1::2]


def message_in(path):
    """Without the line that mailbox files have in front."""
    text = path.read_bytes()
    return text[text.index(b"\n") + 1:] if text.startswith(b"From ") else text


def cpu_of(*processes):
    total = 0.0
    for process in processes:
        with open(f"/proc/{process}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        total += (int(fields[11]) + int(fields[12]) + int(fields[13]) + int(fields[14])) / TICK
    return total


class Restante:
    name = "Restante"

    def __init__(self, folder):
        self.folder = folder
        self.config = folder / "restante.toml"
        self.config.write_text(f'[server]\nhostname = "mail.test"\ndata_directory = "{folder}/data"\n[smtp.mx]\nlisten = []\n'
                               '[smtp.submission]\nlisten = []\nlisten_tls = []\n[pop3]\nlisten = []\nlisten_tls = []\n[admin]\nlisten = []\n[filter]\naction = "mark"\n')
        self.program = os.environ.get("PROGRAM", "build/release/src/restante")
        with open(folder / "log", "wb") as log:
            self.process = subprocess.Popen([self.program, "serve", "--json", "--config", self.config], stdout=subprocess.PIPE, stderr=log)
        self.process.stdout.readline()
        self.connection = http.client.HTTPConnection("localhost")
        self.connection.sock = socket.socket(socket.AF_UNIX)
        self.connection.sock.connect(str(folder / "data" / "admin.sock"))

    def teach(self, kind, paths):
        subprocess.run([self.program, "spam", "teach", kind, "--json", "--config", self.config, *paths], check=False, stdout=subprocess.DEVNULL)

    def cpu(self):
        return cpu_of(self.process.pid)

    def is_spam(self, message):
        self.connection.request("POST", "/api/v1/spam-filter/judgements", message, {"Content-Type": "message/rfc822"})
        return json.loads(self.connection.getresponse().read())["marked"]

    def close(self):
        self.process.terminate()
        self.process.wait()


class Bogofilter:
    """A process a message, as a delivery agent starts it."""
    name = "bogofilter"

    def __init__(self, folder):
        self.command = ["bogofilter", "-d", str(folder)]

    def teach(self, kind, paths):
        for path in paths:
            subprocess.run([*self.command, "-s" if kind == "spam" else "-n"], input=message_in(path), check=True)

    def cpu(self):
        used = os.times()
        return used.children_user + used.children_system

    def is_spam(self, message):
        return subprocess.run(self.command, input=message, check=False).returncode == 0

    def close(self):
        pass


def row(make, train, test, folder):
    folder.mkdir()
    judge = make(folder)
    try:
        for kind in ("spam", "ham"):
            judge.teach(kind, train[kind])
        before = judge.cpu()
        said = {kind: sum(judge.is_spam(message_in(path)) for path in test[kind]) for kind in ("spam", "ham")}
        used = judge.cpu() - before
    finally:
        judge.close()
    all_of = {kind: len(test[kind]) for kind in test}
    print(f"{make.name:14} spam found {said['spam']:5} of {all_of['spam']} ({100 * said['spam'] / all_of['spam']:.1f} %)   "
          f"good mail taken for spam {said['ham']:3} of {all_of['ham']} ({100 * said['ham'] / all_of['ham']:.2f} %)   "
          f"CPU {1000 * used / sum(all_of.values()):.2f} ms a message", flush=True)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    train, test = {}, {}
    for kind, folder in (("spam", sys.argv[1]), ("ham", sys.argv[2])):
        train[kind], test[kind] = halves(folder)
        print(f"{kind}: {len(train[kind])} taught, {len(test[kind])} judged")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="spam-rows-"))
    try:
        row(Restante, train, test, folder / "restante")
        if shutil.which("bogofilter"):
            row(Bogofilter, train, test, folder / "bogofilter")
    finally:
        shutil.rmtree(folder)


main()
