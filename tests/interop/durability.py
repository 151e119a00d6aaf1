"""What was accepted is there, exactly once, after the worst that can happen to the program."""
import hashlib
import os
import pathlib
import smtplib
import subprocess
import tempfile
import threading
import unittest

import restante
from harness import DOMAIN, Server, awkward_messages, message, retrieve_all, wait_for


def text_of(name):
    return (hashlib.sha256(name.encode()).hexdigest() + "\r\n") * 40


class Sender(threading.Thread):
    """Sends numbered messages until told to stop; notes those that were answered with 250."""

    def __init__(self, server, number):
        super().__init__()
        self.server, self.number = server, number
        self.accepted, self.tried = set(), 0
        self.enough = threading.Event()

    def run(self):
        while not self.enough.is_set():
            try:
                self.session()
            except (OSError, smtplib.SMTPException):
                self.enough.wait(0.05)  # the server is down just now

    def session(self):
        with smtplib.SMTP("127.0.0.1", self.server.mx, timeout=20) as client:
            while not self.enough.is_set():
                self.tried += 1
                name = f"{self.number}-{self.tried}"
                client.sendmail("a@elsewhere.test", [f"bob@{DOMAIN}"], message(name, text_of(name)))
                self.accepted.add(name)


class KillUnderLoad(unittest.TestCase):
    def test_nothing_accepted_is_lost_and_nothing_comes_twice(self):
        with Server() as server:
            server.add_accounts("bob")
            senders = [Sender(server, n) for n in range(6)]
            for sender in senders:
                sender.start()
            for round_number in range(3):
                before = sum(len(sender.accepted) for sender in senders)
                wait_for("more mail is accepted",
                         lambda: sum(len(sender.accepted) for sender in senders) > before + 100)
                server.kill()
                server.start()
            for sender in senders:
                sender.enough.set()
            for sender in senders:
                sender.join()
            client = server.mailbox("bob")
            found = {}
            for raw in retrieve_all(client):
                name = raw.split(b"Subject: ")[1].split(b"\r\n")[0].decode()
                found[name] = found.get(name, 0) + 1
                self.assertTrue(raw.endswith(text_of(name).encode()), name)
            client.quit()
            accepted = set().union(*(sender.accepted for sender in senders))
            self.assertGreater(len(accepted), 300)
            self.assertEqual(accepted - set(found), set(), "accepted and lost")
            self.assertEqual([name for name, count in found.items() if count > 1], [], "delivered twice")


class SecondStart(unittest.TestCase):
    def test_finds_all_data_again_with_the_same_uidls(self):
        with Server() as server:
            server.add_accounts("bob")
            for raw in awkward_messages():
                server.send(raw, [f"bob@{DOMAIN}"])
            client = server.mailbox("bob")
            before = (client.uidl()[1], retrieve_all(client))
            client.quit()
            server.stop()
            server.start()
            client = server.mailbox("bob")
            self.assertEqual((client.uidl()[1], retrieve_all(client)), before)
            client.quit()

    def test_a_second_server_on_the_same_data_is_refused(self):
        with Server() as server:
            other = restante.run("serve", "--config", server.config)
            self.assertNotEqual(other.returncode, 0)
            self.assertIn("in use", other.stderr + other.stdout)


@unittest.skipUnless(os.geteuid() == 0, "mounting a small file system needs root")
class FullDisk(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="restante-small-"))
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(self.folder)], capture_output=True)
        if mounted.returncode != 0:
            self.folder.rmdir()
            self.skipTest("no file system can be mounted here")
        self.addCleanup(self.unmount)

    def unmount(self):
        subprocess.run(["umount", str(self.folder)], check=True)
        self.folder.rmdir()

    def test_full_disk_answers_452_loses_nothing_and_recovers(self):
        with Server(restante.CONFIG + '[store]\nfree_bytes = "1MiB"\n', self.folder) as server:
            server.add_accounts("bob")
            raw = message("filler", ("x" * 76 + "\r\n") * 5000)
            accepted = 0
            with smtplib.SMTP("127.0.0.1", server.mx, timeout=60) as client:
                for _ in range(100):
                    try:
                        client.sendmail("a@elsewhere.test", [f"bob@{DOMAIN}"], raw)
                        accepted += 1
                    except smtplib.SMTPSenderRefused as refused:
                        code, text = refused.smtp_code, refused.smtp_error
                        break
                    except smtplib.SMTPDataError as refused:
                        code, text = refused.smtp_code, refused.smtp_error
                        break
            self.assertGreater(accepted, 5)
            self.assertEqual(code, 452, text)
            client = server.mailbox("bob")
            self.assertEqual(client.stat()[0], accepted)
            self.assertEqual(len(retrieve_all(client)), accepted)
            client.quit()
            # Space comes back: the file system grows, and mail is taken again without a restart.
            subprocess.run(["mount", "-o", "remount,size=64m", str(self.folder)], check=True)
            server.send(raw, [f"bob@{DOMAIN}"])
            client = server.mailbox("bob")
            self.assertEqual(client.stat()[0], accepted + 1)
            client.quit()
