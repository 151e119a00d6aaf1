"""A name server for tests: answers by UDP and TCP from a zone that is a text, changeable while it runs.

    far.test        MX    10 mx.far.test
    mx.far.test     A     127.0.0.2
    null.test       MX    0 .
    alias.test      CNAME far.test
    text.test       TXT   v=STSv1; id=1
    broken.test     FAIL
    slow.test       DROP

FAIL answers SERVFAIL, DROP nothing. A name without records does not exist. `ad`: the answers say that DNSSEC was checked.
"""
import socket
import struct
import threading

TYPES = {"A": 1, "CNAME": 5, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "TLSA": 52}


def encode_name(name):
    name = name.rstrip(".")
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


def encode(kind, text):
    if kind in ("A", "AAAA"):
        return socket.inet_pton(socket.AF_INET if kind == "A" else socket.AF_INET6, text)
    if kind == "MX":
        preference, host = text.split()
        return struct.pack(">H", int(preference)) + encode_name(host)
    if kind == "TXT":
        data = text.encode()
        return b"".join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, max(len(data), 1), 255))
    if kind == "TLSA":
        usage, selector, matching, data = text.split()
        return bytes([int(usage), int(selector), int(matching)]) + bytes.fromhex(data)
    return encode_name(text)


class NameServer:
    """`with NameServer(zone) as dns:` listens on `dns.address`, "127.0.0.1:53535"."""

    def __init__(self, zone="", host="127.0.0.1", port=0, ad=False):
        self.ad = ad
        self.asked = []
        self.records = {}
        self.set(zone)
        for _ in range(20):  # one number for both
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((host, port))
            self.tcp = socket.socket()
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind((host, self.udp.getsockname()[1]))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.tcp.listen(64)
        self.address = "%s:%d" % self.udp.getsockname()

    def set(self, zone):
        records = {}
        for line in zone.splitlines():
            words = line.split(None, 2)
            if words:
                records.setdefault(words[0].lower().rstrip("."), []).append((words[1], words[2] if len(words) > 2 else ""))
        self.records = records

    def add(self, line):
        name, kind, text = (line.split(None, 2) + [""])[:3]
        self.records.setdefault(name.lower().rstrip("."), []).append((kind, text))

    def answer(self, query, room):
        """The reply, None for none."""
        number, _, count = struct.unpack(">HHH", query[:6])
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace").lower())
            at += 1 + query[at]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        name, question = ".".join(labels), query[12:at + 5]
        self.asked.append((name, kind))
        code, answers, owner = 0, [], name
        for _ in range(10):
            records = self.records.get(owner, [])
            if any(k == "DROP" for k, _ in records):
                return None
            if any(k == "FAIL" for k, _ in records):
                code = 2
                break
            aliases = [text for k, text in records if k == "CNAME"]
            if not aliases or kind == TYPES["CNAME"]:
                break
            answers.append((owner, "CNAME", aliases[0]))
            owner = aliases[0].lower().rstrip(".")
        if code == 0 and not self.records.get(owner):
            code = 3
        if code == 0:
            answers += [(owner, k, text) for k, text in self.records[owner] if TYPES.get(k) == kind]
        body = b""
        for record_owner, k, text in answers:
            data = encode(k, text)
            body += encode_name(record_owner) + struct.pack(">HHIH", TYPES[k], 1, 60, len(data)) + data
        flags = 0x8180 | (0x20 if self.ad else 0) | code
        reply = struct.pack(">HHHHHH", number, flags, 1, len(answers), 0, 0) + question + body
        if len(reply) > room:
            return struct.pack(">HHHHHH", number, flags | 0x200, 1, 0, 0, 0) + question
        return reply

    def serve_udp(self):
        while True:
            try:
                query, peer = self.udp.recvfrom(4096)
                reply = self.answer(query, 1232)
                if reply:
                    self.udp.sendto(reply, peer)
            except OSError:
                return
            except (IndexError, struct.error):
                continue

    def serve_tcp(self):
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection:
            try:
                while head := connection.recv(2, socket.MSG_WAITALL):
                    reply = self.answer(connection.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL), 65535)
                    if reply:
                        connection.sendall(struct.pack(">H", len(reply)) + reply)
            except (OSError, IndexError, struct.error):
                return

    def __enter__(self):
        for serve in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        for one in (self.udp, self.tcp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
