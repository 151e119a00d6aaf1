"""Another mail server for tests: takes mail, or does what it is told."""
import socketserver
import threading


class Sink(socketserver.ThreadingTCPServer):
    """`answer(line)` may return a reply for a command line; None: a friendly one. Mails are (from, [to], text)."""
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, host="127.0.0.1", port=0, extensions=("PIPELINING", "8BITMIME", "SIZE 100000000"), answer=None):
        self.extensions = extensions
        self.answer = answer or (lambda line: None)
        self.mails = []
        self.connections = 0
        self.changed = threading.Condition()
        super().__init__((host, port), Talk)
        self.port = self.server_address[1]

    def wait_for(self, count, timeout=60):
        """The mails, once there are that many."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.mails) >= count, timeout), f"{len(self.mails)} of {count} mails came"
            return list(self.mails)

    def __enter__(self):
        threading.Thread(target=self.serve_forever, daemon=True, args=(0.05,)).start()
        return self

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()


class Talk(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True
    timeout = 60

    def say(self, text):
        self.wfile.write((text + "\r\n").encode())

    def handle(self):
        sink = self.server
        with sink.changed:
            sink.connections += 1
        try:
            self.say("220 sink.test ESMTP")
            mail = None
            while raw := self.rfile.readline(4096):
                line = raw.decode("utf-8", "replace").rstrip("\r\n")
                word = line[:4].upper()
                reply = sink.answer(line)
                if reply == "close":
                    return
                if word == "EHLO" and reply is None:
                    lines = ["sink.test", *sink.extensions]
                    reply = "\r\n".join("250" + ("-" if i + 1 < len(lines) else " ") + text for i, text in enumerate(lines))
                if word == "QUIT":
                    return self.say("221 bye")
                if word == "DATA" and reply is None:
                    self.say("354 go on")
                    lines = []
                    while (text := self.rfile.readline()) not in (b".\r\n", b""):
                        lines.append(text[1:] if text.startswith(b".") else text)
                    if not text:
                        return
                    with sink.changed:
                        sink.mails.append((mail[0], mail[1], b"".join(lines)))
                        sink.changed.notify_all()
                    self.say("250 2.0.0 taken")
                    continue
                reply = reply or "250 2.1.0 ok"
                if word == "MAIL":
                    mail = (line, [])
                if word == "RCPT" and reply.startswith("2"):
                    mail[1].append(line)
                self.say(reply)
        except (OSError, ValueError):
            return
