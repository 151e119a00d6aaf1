"""A mail server in a process of its own that takes everything and writes down each recipient once it has answered for it.

`with CountingSink(folder) as sink:` listens on 127.0.0.1:`sink.port`; `sink.counts()` maps recipients to how often they came,
`sink.taken()` is how many came. One event loop, replies that were written together when commands came together: some thousand
mails a second.
"""
import asyncio
import collections
import multiprocessing
import pathlib
import socket


class Talk(asyncio.Protocol):
    def __init__(self, out):
        self.out, self.rest, self.data, self.recipients = out, b"", False, []

    def connection_made(self, transport):
        self.transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        transport.write(b"220 sink.test ESMTP\r\n")

    def data_received(self, data):
        *lines, self.rest = (self.rest + data).split(b"\r\n")
        replies = b"".join(filter(None, map(self.line, lines)))
        if replies:
            self.transport.write(replies)

    def line(self, line):
        if self.data:
            if line != b".":
                return None
            self.data = False
            self.out.write(b"".join(one + b"\n" for one in self.recipients))
            self.out.flush()
            self.recipients = []
            return b"250 2.0.0 taken\r\n"
        word = line[:4].upper()
        if word == b"RCPT":
            self.recipients.append(line[line.index(b"<") + 1:line.index(b">")])
        elif word == b"EHLO":
            return b"250-sink.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 100000000\r\n"
        elif word == b"DATA":
            self.data = True
            return b"354 go on\r\n"
        elif word == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
            return None
        elif word in (b"MAIL", b"RSET"):
            self.recipients = []
        return b"250 2.1.0 ok\r\n"


def serve(listener, path):
    async def forever():
        with open(path, "ab") as out:
            server = await asyncio.get_running_loop().create_server(lambda: Talk(out), sock=listener, backlog=4096)
            await server.serve_forever()

    asyncio.run(forever())


class CountingSink:
    def __init__(self, folder):
        self.path = pathlib.Path(folder) / "taken"
        self.path.touch()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.port = self.listener.getsockname()[1]
        self.read, self.lines = 0, 0

    def taken(self):
        with open(self.path, "rb") as file:
            file.seek(self.read)
            more = file.read()
        self.read += len(more)
        self.lines += more.count(b"\n")
        return self.lines

    def counts(self):
        return collections.Counter(self.path.read_bytes().decode().split())

    def __enter__(self):
        self.process = multiprocessing.Process(target=serve, args=(self.listener, self.path), daemon=True)
        self.process.start()
        self.listener.close()
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.join()
