"""A mail comes in by SMTP, is held, and is collected by POP3 over TLS, byte for byte."""
import os
import poplib
import smtplib

from mail import add_accounts, collect, message, send, submit
from restante import Server


def body_of(raw):
    return raw.split(b"\r\n\r\n", 1)[1]


with Server() as server:
    password = add_accounts(server, "ann", "bob")
    ann, bob = "ann@example.test", "bob@example.test"

    # From another host, two recipients, lines that start with dots, 8-bit text.
    text = "..\r\n.leading dot\r\n\r\nGrüße\r\n.\r\n" + "x" * 900 + "\r\n"
    assert send(server, "someone@elsewhere.test", [ann, bob], message("someone@elsewhere.test", ann, "one", text)) == {}
    for user in ("ann", bob):  # by name and by address
        (received,) = collect(server, user, password)
        assert body_of(received) == text.encode(), received
        assert received.startswith(b"Return-Path: <someone@elsewhere.test>\r\n"), received[:200]
        assert b"\r\nReceived: from client.test" in received, received[:400]

    # 20 MB of it: never held in memory as a whole, and unchanged.
    large = b"".join(os.urandom(36).hex().encode() + b"\r\n" for _ in range(20_000_000 // 74))
    assert submit(server, "ann", password, ann, [bob], message(ann, bob, "large").replace(b"Hello\r\n", large)) == {}
    assert body_of(collect(server, "bob", password, delete=True)[1]) == large
    assert collect(server, "bob", password) == []

    # No open relay, no unknown recipients, nothing before AUTH on submission, no spoofed sender.
    with smtplib.SMTP("127.0.0.1", server.port("smtp.mx"), timeout=20) as smtp:
        smtp.ehlo()
        smtp.mail("a@elsewhere.test")
        assert smtp.rcpt("nobody@example.test")[0] == 550
        assert smtp.rcpt("someone@elsewhere.test")[0] in (550, 554)
        assert smtp.rcpt(bob)[0] == 250
    with smtplib.SMTP("127.0.0.1", server.port("smtp.submission"), timeout=20) as smtp:
        smtp.ehlo()
        assert smtp.mail(ann)[0] == 530
    try:
        submit(server, "ann", password, bob, [bob], message(bob, bob, "spoofed"))
        raise AssertionError("a foreign sender address was taken")
    except smtplib.SMTPSenderRefused as refused:
        assert refused.smtp_code == 553, refused

    # A wrong password; no password in clear.
    try:
        collect(server, "ann", "wrong")
        raise AssertionError("a wrong password was taken")
    except poplib.error_proto as refused:
        assert b"[AUTH]" in refused.args[0], refused
    pop = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)
    try:
        pop.user("ann")
        raise AssertionError("a login in clear was taken")
    except poplib.error_proto:
        pop.quit()
