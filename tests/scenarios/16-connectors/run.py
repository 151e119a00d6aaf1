"""Receive connectors made, changed and removed while the server runs; who may send; the sendmail command; LMTP (S2.42-S2.48,
S4.10-S4.14, S5.30, S5.32, rows SM15, SM21, SM28)."""
import poplib
import smtplib
import socket
import subprocess

from mail import add_accounts, collect, message
from restante import PROGRAM, Server, run


def port_of(connector):
    return int(connector["listen"][0].rsplit(":", 1)[1])


def prop(connector, name):
    return next(p["value"] for p in connector["properties"] if p["name"] == name)


def refusal(server, *arguments):
    done = run(*arguments, "--config", server.config, check=1)
    return done.stdout + done.stderr


with Server() as server:
    password = add_accounts(server, "bob", "alice")
    bob, alice = "bob@example.test", "alice@example.test"

    # S2.42: the built-in ones are listed; S2.45: what contradicts itself is refused in words and changes nothing.
    assert {c["name"] for c in server.cli("connector", "list")["items"]} == {"mx", "submission"}
    said = refusal(server, "connector", "set", "submission", "authentication=basic_requires_tls integrated")
    assert "needs basic and tls" in said, said
    assert prop(server.cli("connector", "show", "submission"), "authentication") == "tls basic basic_requires_tls integrated"
    assert "built in" in refusal(server, "connector", "remove", "mx")
    assert "whole world" in refusal(server, "connector", "add", "open", "listen=127.0.0.2:0 0.0.0.0:0", "authentication=external",
                                    "permissions=partners")

    # A connector of one's own: its banner, limits and toggles (S2.46, S2.47), live.
    made = server.cli("connector", "add", "second", "listen=127.0.0.1:0", "banner=hello there", "max_recipients=100", "chunking=false")
    assert made["state"] == "running" and made["removable"]
    with smtplib.SMTP("127.0.0.1", port_of(made), timeout=30) as client:
        client.ehlo()
        assert b"LIMITS RCPTMAX=100" in client.ehlo_resp and not client.has_extn("chunking")
    changed = server.cli("connector", "set", "second", "chunking=true", "size=false")
    with smtplib.SMTP("127.0.0.1", port_of(changed), timeout=30) as client:
        client.ehlo()
        assert client.has_extn("chunking") and not client.has_extn("size")
        client.mail("a@elsewhere.test")
        client.rcpt(bob)
        client.send(b"BDAT 14\r\nSubject: c\r\n\r\nBDAT 6 LAST\r\n.\r\nx\r\n")  # SM21
        assert client.getreply()[0] == 250 and client.getreply()[0] == 250
    assert collect(server, "bob", password)[-1].endswith(b".\r\nx\r\n")

    # S2.48, S5.13: is the account set up right?
    assert server.cli("check", "account", "bob")["good"]
    server.cli("connector", "disable", "submission")
    found = server.cli("check", "account", "bob")
    assert not found["good"] and any(f["fix"] == "restante connector enable submission" for f in found["findings"]), found
    server.cli("connector", "enable", "submission")
    submission = port_of(server.cli("connector", "show", "submission"))

    # SM15: own addresses only, in the envelope and in From, unless granted.
    def submit(sender, header_from):
        with smtplib.SMTP("127.0.0.1", submission, timeout=30) as client:
            client.starttls(context=server.tls())
            client.login("bob", password)
            return client.sendmail(sender, [alice], message(header_from, alice, "From me"))

    submit(bob, bob)
    for sender, header_from, code in ((alice, bob, 553), (bob, alice, 550)):
        try:
            submit(sender, header_from)
            raise AssertionError("was taken")
        except smtplib.SMTPResponseException as refused:
            assert refused.smtp_code == code, refused
    server.cli("send-as", "add", "bob", alice)
    submit(alice, alice)
    assert server.cli("send-as", "list")["items"][0]["address"] == alice
    server.cli("send-as", "remove", "bob", alice)

    # S4.10 to S4.14: off; then for the address of a POP3 login under TLS, as that account, and it stands in a list.
    def without_login():
        with smtplib.SMTP("127.0.0.1", submission, timeout=30) as client:
            client.ehlo()
            return client.mail(bob)[0]

    pop3 = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=30)
    pop3.stls(server.tls())
    pop3.user("bob")
    pop3.pass_(password)
    pop3.quit()
    assert without_login() == 530
    server.cli("connector", "set", "submission", "pop_before_smtp=true")
    assert without_login() == 250
    server.cli("connector", "set", "submission", "pop_before_smtp=false")
    assert without_login() == 530

    # LMTP in, on a socket of this machine; never where others could reach it (SM28).
    assert "loopback" in refusal(server, "connector", "add", "lmtp", "kind=lmtp", "listen=0.0.0.0:0", "authentication=none")
    path = server.folder / "lmtp"
    server.cli("connector", "add", "lmtp", "kind=lmtp", f"listen=unix:{path}", "authentication=none")
    with socket.socket(socket.AF_UNIX) as lmtp:
        lmtp.settimeout(30)
        lmtp.connect(str(path))
        lines = lmtp.makefile("rwb")
        assert lines.readline().startswith(b"220 ")
        server.cli("alias", "set", "leaving@example.test", "alice")
        lines.write(b"LHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<bob@example.test>\r\nRCPT TO:<leaving@example.test>\r\n"
                    b"RCPT TO:<alice@example.test>\r\nDATA\r\n")
        lines.flush()
        heard = [lines.readline()]
        while heard[-1] and not heard[-1].startswith(b"354"):
            heard.append(lines.readline())
        assert heard[-1], heard
        server.cli("alias", "delete", "leaving@example.test")  # gone before the dot: it alone is refused
        lines.write(b"Subject: by LMTP\r\n\r\nx\r\n.\r\nQUIT\r\n")
        lines.flush()
        assert [lines.readline()[:9] for _ in range(4)] == [b"250 2.6.0", b"550 5.1.1", b"250 2.6.0", b"221 2.0.0"]
    assert b"Subject: by LMTP" in collect(server, "bob", password)[-1]

    # S5.32: scripts send through a socket that an administrator has made.
    wire = server.folder / "local"
    sendmail = [PROGRAM, "sendmail", "--socket", str(wire)]
    assert subprocess.run([*sendmail, bob], input=b"x\n", capture_output=True, timeout=60).returncode == 75
    server.cli("connector", "add", "local", f"listen=unix:{wire}", "authentication=external", "permissions=partners")
    done = subprocess.run([*sendmail, "-t", "-oi", "-f", "cron@host.test"], capture_output=True, timeout=60,
                          input=b"Subject: from a script\nTo: bob@example.test\nBcc: alice@example.test\n\n.\nthe end\n")
    assert done.returncode == 0, done.stderr
    text = collect(server, "bob", password)[-1]
    assert b"from a script" in text and b"Bcc" not in text and b"\r\n.\r\nthe end\r\n" in text and b"Message-ID: <" in text, text
    assert b"from a script" in collect(server, "alice", password)[-1]
    assert subprocess.run([*sendmail, "nobody@example.test"], input=b"x\n", capture_output=True, timeout=60).returncode == 67
    assert subprocess.run([*sendmail], input=b"x\n", capture_output=True, timeout=60).returncode == 64

    # What cron writes to root goes to whoever is postmaster, from the user at the server's name; others need a domain.
    subprocess.run([*sendmail, "root"], input=b"Subject: for root\n\nx\n", check=True, timeout=60)
    newest = collect(server, "bob", password)[-1]
    assert b"Subject: for root\r\n" in newest and b"@mail.test>" in newest.partition(b"\r\n")[0], newest
    assert subprocess.run([*sendmail, "bob"], input=b"x\n", capture_output=True, timeout=60).returncode == 67
    assert b"usage: sendmail" in subprocess.run([PROGRAM, "sendmail", "--help"], check=True, capture_output=True, timeout=60).stdout

    # Not from everywhere: that would be an open relay.
    told = run("connector", "add", "open", "listen=127.0.0.1:0 0.0.0.0:0", "authentication=external", "permissions=partners",
               "remote_networks=0.0.0.0/0 ::/0", "--config", server.config, check=1).stderr
    assert "half of the world" in told, told

    # Removed ones are gone; what was made stays over a restart, and everything was audited.
    server.cli("connector", "remove", "second")
    assert "second" not in {c["name"] for c in server.cli("connector", "list")["items"]}
    assert server.stop() == 0
    server.start()
    states = {c["name"]: c["state"] for c in server.cli("connector", "list")["items"]}
    assert states == {"mx": "running", "submission": "running", "lmtp": "running", "local": "running"}, states
print("ok")
