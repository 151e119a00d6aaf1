"""POP3 clients that crawl, drip, never read, flood, send lines without end or break off: each is bounded, nobody else notices.

FLOOD=1000000 is the checklist's number and takes a sanitized program a quarter of a minute on an idle machine.
Names the attacks: STLS injection (CVE-2011-0411), slowloris, slow read, pipelined flood, long line, truncated close, renegotiation, SNI.
"""
import concurrent.futures
import os
import select
import socket
import ssl
import subprocess
import time

from mail import add_accounts, collect, login_answer, message, send
from process import Peak
from restante import CONFIG, Server

DEADLINE = 120
MEMORY = 64 << 20  # for everything here at once, with what the sanitizers add
FLOOD = int(os.environ.get("FLOOD", 250_000))
LINE = 64 << 20
BIG = "0123456789abcdef" * 4 + "\r\n"  # many times
os.environ["ASAN_OPTIONS"] = "quarantine_size_mb=8"  # else the sanitizer holds on to 256 MB of what was freed

SETTINGS = CONFIG.replace("[pop3]\n", """[pop3]
login_type = "PlainTextLogin"
login_timeout = "5s"
handshake_timeout = "5s"
write_timeout = "8s"
""").replace('"debug"', '"info"')
PEOPLE = ["owner", "deaf", "crawler", "flooder", "quitter", "breaker", "liner"]


def dial(server, user=None, tls=False, window=None):
    """A connection after its greeting, or after the login; window: octets of its receive buffer."""
    plain = socket.socket()
    plain.settimeout(DEADLINE)
    if window:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
    plain.connect(("127.0.0.1", server.port("pop3_tls" if tls else "pop3")))
    one = server.tls().wrap_socket(plain, server_hostname="mail.test") if tls else plain
    assert read_line(one).startswith(b"+OK")
    if user:
        one.sendall(f"USER {user}\r\nPASS {password}\r\n".encode())
        assert read_line(one).startswith(b"+OK") and read_line(one).startswith(b"+OK")
    return one


def read_line(one):
    line = b""
    while not line.endswith(b"\n"):
        octet = one.recv(1)
        if not octet:
            break
        line += octet
    return line


def read_all(one):
    """Until the server closes, however it does."""
    got = bytearray()
    try:
        while part := one.recv(65536):
            got += part
    except (ConnectionError, ssl.SSLError):
        pass
    return bytes(got)


def count(server, user):
    one = dial(server, user)
    one.sendall(b"STAT\r\nQUIT\r\n")
    number = int(read_line(one).split()[1])
    read_all(one)
    return number


def drips(server, port, text):
    """One octet a second: cut off by the deadline, which octets do not move (slowloris)."""
    one = socket.create_connection(("127.0.0.1", server.port(port)), timeout=DEADLINE)
    start = time.monotonic()
    try:
        for octet in text:
            if select.select([one], [], [], 1)[0] and not one.recv(4096):
                break
            one.send(bytes([octet]))
    except ConnectionError:
        pass
    took = time.monotonic() - start
    assert 3 < took < 60, f"{port}: closed after {took} s"


def drips_in_clear(server):
    drips(server, "pop3", b"USER " + b"x" * 200)


def drips_under_tls(server):
    drips(server, "pop3_tls", b"\x16\x03\x01\x01\xfc\x01\x00\x01\xf8\x03\x03" + b"x" * 500)


def never_reads(server):
    """10^5 RETR of 4 MB and not one octet read: cut off, and the maildrop is free again (slow read)."""
    one = dial(server, "deaf", window=4096)
    one.setblocking(False)
    pending = memoryview(b"RETR 1\r\n" * 100_000)
    poll = select.poll()
    poll.register(one, select.POLLOUT)
    end = time.monotonic() + DEADLINE
    while not any(what & (select.POLLHUP | select.POLLERR) for _, what in poll.poll(100)):
        assert time.monotonic() < end, "who never reads is never cut off"
        try:
            pending = pending[one.send(pending):]
        except BlockingIOError:
            pass
        except ConnectionError:
            break
    one.close()
    while not login_answer(server, "deaf", password).startswith("+OK"):
        assert time.monotonic() < end


def crawls(server):
    """Slow, but never slower than the limit: it gets all."""
    one = dial(server, "crawler", window=64 * 1024)
    one.sendall(b"RETR 1\r\nQUIT\r\n")
    got = bytearray()
    for second in range(1, 12):  # at a pace of its own, for longer than the limit
        while len(got) < second * 24 * 1024:  # the limit is 64 KiB in 8 s
            got += one.recv(24 * 1024)
        time.sleep(1)
    got += read_all(one)
    assert got.count(BIG.encode()) == 60_000, got.count(BIG.encode())


def floods(server):
    """NOOPs sent without reading as far as that goes; all are answered in the end, in order."""
    one = dial(server, "flooder", window=64 * 1024)
    one.setblocking(False)
    pending = memoryview(b"NOOP\r\n" * FLOOD + b"QUIT\r\n")
    while select.select([], [one], [], 1)[1] and pending:
        pending = pending[one.send(pending):]
    answers = 0
    end = time.monotonic() + DEADLINE
    while time.monotonic() < end:
        readable, writable, _ = select.select([one], [one] if pending else [], [], 1)
        if writable:
            pending = pending[one.send(pending):]
        if readable:
            part = one.recv(1 << 20)
            if not part:
                break
            answers += part.count(b"\n")
            last = part
    assert answers == FLOOD + 1, answers
    assert b"-ERR" not in last


def sends_endless_lines(server):
    """64 MiB without a line end, in every state: discarded or cut off, never kept."""
    block = b"x" * (1 << 20)
    for state, user, tls, first in (("before login", None, False, b""), ("before login under TLS", None, True, b""),
                                    ("in a SASL exchange", None, True, b"AUTH PLAIN\r\n"), ("as a password", None, True, b"USER liner\r\n"),
                                    ("logged in", "liner", True, b"")):
        one = dial(server, user, tls)
        one.sendall(first)
        try:
            for _ in range(LINE // len(block)):
                one.sendall(block)
            one.sendall(b"\r\nQUIT\r\n")
        except (ConnectionError, ssl.SSLError, TimeoutError):
            continue
        answers = read_all(one)
        assert b"-ERR" in answers or not answers, (state, answers)


def half_closes(server):
    """What was sent before a FIN is done, QUIT included; without QUIT nothing is deleted."""
    for last, left in ((b"", 1), (b"QUIT\r\n", 0)):
        one = dial(server, "quitter")
        one.sendall(b"DELE 1\r\n" + last)
        one.shutdown(socket.SHUT_WR)
        assert read_all(one).startswith(b"+OK")
        assert count(server, "quitter") == left, last


def breaks_off(server):
    """A TLS connection cut in the middle of a message, without close_notify: nothing is deleted."""
    one = dial(server, "breaker", tls=True)
    one.sendall(b"DELE 1\r\nRETR 2\r\n")
    assert read_line(one).startswith(b"+OK")
    one.recv(65536)
    socket.socket.shutdown(one, socket.SHUT_RDWR)
    one.close()
    end = time.monotonic() + DEADLINE
    while not login_answer(server, "breaker", password).startswith("+OK"):
        assert time.monotonic() < end
    assert count(server, "breaker") == 2


def injects(server):
    """Commands behind STLS in the same packet never run under TLS."""
    one = dial(server)
    one.sendall(b"STLS\r\nCAPA\r\nUSER owner\r\n")
    assert read_line(one).startswith(b"+OK")
    secure = server.tls().wrap_socket(one, server_hostname="mail.test")
    secure.sendall(b"NOOP-PROBE\r\nPASS x\r\nQUIT\r\n")
    answers = read_all(secure).splitlines()
    assert len(answers) == 3 and answers[0].startswith(b"-ERR") and answers[1].startswith(b"-ERR"), answers


def renegotiates(server):
    """A client's renegotiation (TLS 1.2) is refused."""
    with subprocess.Popen(["openssl", "s_client", "-connect", f"127.0.0.1:{server.port('pop3_tls')}", "-tls1_2"],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as client:
        shown = b""
        while b"+OK" not in shown:  # the greeting first: it is no part of a handshake
            line = client.stdout.readline()
            assert line, shown
            shown += line
        assert b"Secure Renegotiation IS supported" in shown  # the extension, against splicing
        client.stdin.write(b"R\n")
        client.stdin.flush()
        client.wait(DEADLINE)  # before its input ends, for which it would leave, too
        errors = client.stderr.read()
        assert b"RENEGOTIATING" in errors and b"no renegotiation" in errors, errors


def names_others(server):
    """Unknown and very long names in SNI get the usual certificate."""
    usual = ssl.get_server_certificate(("127.0.0.1", server.port("pop3_tls")))
    for name in ("nowhere.test", "a." * 120 + "test", "xn--zzzzzz"):
        plain = socket.create_connection(("127.0.0.1", server.port("pop3_tls")), timeout=DEADLINE)
        with server.tls().wrap_socket(plain, server_hostname=name) as one:
            assert ssl.DER_cert_to_PEM_cert(one.getpeercert(True)) == usual
            assert read_line(one).startswith(b"+OK")


HOSTILE = [drips_in_clear, drips_under_tls, never_reads, crawls, floods, sends_endless_lines, half_closes, breaks_off, injects, renegotiates,
           names_others]

with Server(SETTINGS) as server:
    password = add_accounts(server, *PEOPLE)
    for person in PEOPLE:
        send(server, "a@elsewhere.test", [f"{person}@example.test"], message("a@elsewhere.test", person, "first", BIG * (60_000 if person in ("deaf", "crawler") else 10)))
    send(server, "a@elsewhere.test", ["breaker@example.test"], message("a@elsewhere.test", "breaker", "second", BIG * 60_000))
    times, faults = [], []
    with Peak(server.process.pid) as memory, concurrent.futures.ThreadPoolExecutor(len(HOSTILE)) as threads:
        started = time.monotonic()
        running = {threads.submit(one, server): one.__name__ for one in HOSTILE}
        while running:  # somebody else, all the while
            start = time.monotonic()
            assert len(collect(server, "owner", password)) == 1
            times.append(time.monotonic() - start)
            for task in [task for task in running if task.done()]:
                name, fault = running.pop(task), task.exception()
                print(f"{name}: {time.monotonic() - started:.1f} s {fault or ''}")
                faults += [fault] if fault else []
    print(f"memory grew by {memory.growth >> 20} MiB; the other's visits: {len(times)}, the longest {max(times):.1f} s")
    assert not faults, faults
    slow = [one for one in server.cli("sessions", "failed", "--json")["items"] if one["login"] == "deaf"]
    assert slow and slow[0]["cause"] == "slow_reader", slow
    assert memory.growth < MEMORY, memory.growth
    assert max(times) < 30, max(times)
