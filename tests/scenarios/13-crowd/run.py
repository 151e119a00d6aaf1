"""Thousands of POP3 sessions at once, idle and busy: all are served, memory stays bounded, a program under TLS gets its mail meanwhile.

CROWD=IDLE,BUSY changes the numbers.
"""
import asyncio
import base64
import hashlib
import os
import resource
import sys
import time

from mail import collect, send
from process import Peak
from restante import CONFIG, Server

IDLE, BUSY = map(int, os.environ.get("CROWD", "5000,2000").split(","))
ROUNDS = 5  # of a busy session
PASSWORD = "secret-password"
TEXT = b"Subject: to all\r\n\r\n" + b"0123456789\r\n" * 300
OCTETS_PER_SESSION = 32 * 1024  # sanitized it takes 8 KiB
DEADLINE = 120  # for a single answer, and a crowd is a queue

_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard < IDLE + BUSY + 500:
    print(f"skipped: {hard} open files are allowed, {IDLE + BUSY} sessions need more")
    sys.exit(77)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=8"  # else the sanitizer holds on to 256 MB of what was freed

SETTINGS = CONFIG.replace("[pop3]\n", "[pop3]\nmax_per_address = 100000\n" + 'login_type = "PlainTextLogin"\nlogin_total = "10m"\nlogin_timeout = "5m"\n') \
    .replace("[directory]\n", "[directory]\nscram = false\nupgrade_hashes = false\n").replace('"debug"', '"warn"')


class Session:
    """A POP3 client of asyncio."""

    async def open(self, port, user):
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        assert (await self.line()).startswith(b"+OK")
        await self.command(f"USER {user}")
        await self.command(f"PASS {PASSWORD}")
        return self

    async def line(self):
        return await asyncio.wait_for(self.reader.readline(), DEADLINE)

    async def command(self, text):
        self.writer.write(text.encode() + b"\r\n")
        answer = await self.line()
        assert answer.startswith(b"+OK"), (text, answer)

    async def message(self, number):
        await self.command(f"RETR {number}")
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n.\r\n"), DEADLINE)

    async def quit(self):
        await self.command("QUIT")
        self.writer.close()


async def idle(port, user, doors, there, over):
    async with doors:
        session = await Session().open(port, user)
    there.append(user)
    await over.wait()
    async with doors:
        await session.command("NOOP")
        await session.quit()


async def busy(port, user, doors):
    async with doors:
        session = await Session().open(port, user)
    for _ in range(ROUNDS):
        await session.command("NOOP")
        await session.command("STAT")
        assert (await session.message(1)).endswith(TEXT + b".\r\n")
    await session.quit()


def somebody_else(server, over):
    """Comes again and again with TLS while the others are there; the seconds that each time took."""
    times = []
    while not over.is_set():
        start = time.monotonic()
        assert collect(server, "owner", PASSWORD)[0].endswith(TEXT)
        times.append(time.monotonic() - start)
    return times


async def crowd(server):
    port, doors, there, over = server.port("pop3"), asyncio.Semaphore(200), [], asyncio.Event()
    start = time.monotonic()
    waiting = [asyncio.ensure_future(idle(port, f"u{n}", doors, there, over)) for n in range(IDLE)]
    other = asyncio.ensure_future(asyncio.to_thread(somebody_else, server, over))
    while len(there) < IDLE:
        for task in waiting:
            if task.done():
                task.result()
        await asyncio.sleep(0.05)
    print(f"{IDLE} idle sessions after {time.monotonic() - start:.1f} s")
    await asyncio.gather(*(busy(port, f"u{IDLE + n}", doors) for n in range(BUSY)))
    print(f"{BUSY} busy ones done after {time.monotonic() - start:.1f} s")
    over.set()
    await asyncio.gather(*waiting)
    print(f"all gone after {time.monotonic() - start:.1f} s")
    return await other


with Server(SETTINGS) as server:
    server.api("POST", "/domains", {"name": "example.test", "tenant": "admin"})
    stored = "{SHA256}" + base64.b64encode(hashlib.sha256(PASSWORD.encode()).digest()).decode()
    names = [f"u{n}" for n in range(IDLE + BUSY)] + ["owner"]
    listing = server.folder / "accounts.csv"
    listing.write_text("name,domain,password_hash\n" + "".join(f"{name},example.test,{stored}\n" for name in names))
    start = time.monotonic()
    assert server.cli("import", "accounts", listing)["created"] == len(names)
    print(f"{len(names)} accounts after {time.monotonic() - start:.1f} s")
    for first in range(IDLE, len(names), 1000):
        assert send(server, "a@elsewhere.test", [f"{name}@example.test" for name in names[first:first + 1000]], TEXT) == {}
    with Peak(server.process.pid) as memory:
        times = asyncio.run(crowd(server))
    print(f"memory grew by {memory.growth >> 20} MiB; the other's visits: {len(times)}, the longest {max(times):.1f} s")
    assert memory.growth < (IDLE + BUSY) * OCTETS_PER_SESSION, memory.growth
    assert len(times) > 2
