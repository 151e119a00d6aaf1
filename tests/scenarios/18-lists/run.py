"""Aliases as text, lists, forwards, automatic replies and quotas (S5.19-S5.31, D5), by the command line and by mail."""
import email
import os
import smtplib
import stat
import time

from mail import add_accounts, collect, message, send, submit
from restante import Server, run

HERE = "example.test"


def refused(server, sender, recipient, data=None):
    """The server's answer to a mail; None if it takes it."""
    try:
        send(server, sender, [recipient], data or message(sender, recipient, "x"))
        return None
    except smtplib.SMTPRecipientsRefused as refusal:
        return next(iter(refusal.recipients.values()))
    except smtplib.SMTPDataError as refusal:
        return (refusal.smtp_code, refusal.smtp_error)


def wait_for(server, user, password, count):
    """Collects until that many mails are there: some come by the outbox."""
    deadline = time.monotonic() + 60
    while True:
        mails = collect(server, user, password)
        if len(mails) >= count:
            assert len(mails) == count, [email.message_from_bytes(one)["Subject"] for one in mails]
            return [email.message_from_bytes(one) for one in mails]
        assert time.monotonic() < deadline, f"{len(mails)} of {count} mails for {user}\n{server.log_text()[-4000:]}"
        time.sleep(0.1)


def aliases(server):
    text = server.folder / "aliases"
    text.write_text("# ours\nsales ann\nsales bob@example.test\n@ ann\n")
    applied = server.cli("alias", "apply", HERE, text)
    assert applied == {"added": 2, "changed": 0, "removed": 2, "aliases": 2}, applied  # postmaster and abuse were there
    assert run("alias", "text", HERE, "--config", server.config, check=0).stdout == "@example.test ann\nsales@example.test ann\nsales@example.test bob@example.test\n"
    text.write_text("sales ann\nloop loop@example.test\nann bob\nnobody zoe\n")
    told = run("alias", "apply", HERE, text, "--config", server.config, check=1).stderr
    for words in ("line 2: aliases and forwards lead in a circle: loop@example.test -> loop@example.test",
                  "line 3: ann@example.test belongs to account:ann", "line 4: nobody@example.test cannot lead to zoe"):
        assert words in told, told
    assert "line 1" not in told and refused(server, "x@y.test", "anything@example.test") is None, told  # the catch-all stands

    # The editor: what it writes is applied; what is wrong stays in its file.
    editor = server.folder / "editor"
    editor.write_text('#!/bin/sh\nprintf "sales bob\\ninfo sales@example.test\\n" > "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    os.environ["EDITOR"], _ = str(editor), os.environ.pop("VISUAL", None)
    assert server.cli("alias", "edit", HERE) == {"added": 1, "changed": 1, "removed": 1, "aliases": 2}
    assert refused(server, "x@y.test", "anything@example.test") is not None


def lists(server, password):
    made = server.cli("list", "add", "staff", "--domain", HERE, "--description", "All of us", "--owner", "ann@example.test")
    assert made["posting"] == "members", made
    assert "taken by a list" in run("account", "add", "staff", "--domain", HERE, "--password", "long-enough-1", "--config", server.config, check=1).stderr
    members = server.folder / "members"
    members.write_text("# staff\nann@example.test\nnot-full\n")
    assert 'line 3: "not-full"' in run("list", "put", "staff", "--file", members, "--config", server.config, check=1).stderr
    members.write_text("ann@example.test\n\nbob@example.test\n")
    assert server.cli("list", "put", "staff", "--file", members)["added"] == 2
    assert server.cli("list", "join", "staff", "carl@example.test")["members"] == 3
    assert server.cli("list", "leave", "staff", "carl@example.test")["members"] == 2

    before = [len(collect(server, who, password)) for who in ("ann", "bob")]
    assert refused(server, "stranger@y.test", "staff@example.test")[0] == 550
    submit(server, "bob", password, "bob@example.test", ["staff@example.test"], message("bob@example.test", "staff@example.test", "to all"))
    for who, had in zip(("ann", "bob"), before):
        got = email.message_from_bytes(collect(server, who, password)[had])
        assert got["List-Id"].split() == ["All", "of", "us", "<staff.example.test>"] and got["Precedence"] == "list", got.items()
        assert got["Return-Path"].startswith("<staff-bounces+"), got.items()
        assert got["List-Unsubscribe"] == "<mailto:staff-owner@example.test?subject=unsubscribe%20staff>", got.items()
        back = got
    # A copy that comes in again goes no further.
    assert refused(server, "bob@example.test", "staff@example.test", back.as_bytes().replace(b"\n", b"\r\n").replace(b"\r\r\n", b"\r\n"))[0] == 554
    # A bounce to an address nobody made counts against nobody.
    assert refused(server, "", "staff-bounces+0123456789abcdefabcdefgh@example.test")[0] == 550
    assert all(row["bounces"] == 0 for row in server.cli("list", "members", "staff")["items"])
    actions = [row["action"] for row in server.cli("audit")["items"]]
    assert {"list.create", "list.put_members", "list.add_members", "list.remove_members"} <= set(actions), actions


def rules(server, password):
    server.cli("account", "forward", "dora", "--to", "ann@example.test", "--keep-copy", "false")
    had = len(collect(server, "ann", password))
    assert refused(server, "x@y.test", "dora@example.test") is None
    assert len(collect(server, "ann", password)) == had + 1 and collect(server, "dora", password) == []
    told = run("account", "forward", "ann", "--to", "dora@example.test", "--config", server.config, check=1).stderr
    assert "in a circle: ann -> dora@example.test -> dora -> ann@example.test -> ann" in told, told
    server.cli("account", "forward", "dora", "--off")

    # Two that are away: one reply, and nothing after it (D5).
    for who in ("carl", "dora"):
        server.cli("account", "autoreply", who, "--body", f"{who} is away, für immer")
    submit(server, "dora", password, "dora@example.test", ["carl@example.test"], message("dora@example.test", "carl@example.test", "hello"))
    (reply,) = wait_for(server, "dora", password, 1)
    assert reply["Subject"] == "Auto: hello" and reply["Auto-Submitted"] == "auto-replied" and reply["Return-Path"] == "<>", reply.items()
    assert "carl is away, für immer" in reply.get_payload(decode=True).decode()
    submit(server, "dora", password, "dora@example.test", ["carl@example.test"], message("dora@example.test", "carl@example.test", "again"))
    assert len(wait_for(server, "carl", password, 2)) == 2 and len(collect(server, "dora", password)) == 1

    # A quota of two messages: warned when it is full, refused for now, taken again when there is room.
    collect(server, "bob", password, delete=True)
    server.cli("account", "quota", "bob", "--messages", "2")
    for number in range(2):
        assert refused(server, "x@y.test", "bob@example.test") is None
    wait_for(server, "bob", password, 3)
    shown = server.cli("account", "quota", "bob")
    assert shown["used_messages"] == 3 and shown["used_percent"] == 150 and shown["origin"] == "account", shown
    code, words = refused(server, "x@y.test", "bob@example.test")
    assert code == 452 and b"4.2.2" in words, (code, words)
    subjects = [email.message_from_bytes(one)["Subject"] for one in collect(server, "bob", password, delete=True)]
    assert subjects.count("Your mailbox is full") == 1, subjects
    assert refused(server, "x@y.test", "bob@example.test") is None
    assert server.cli("domain", "quota", HERE, "--octets", "1000000") == {"octets": 1000000, "messages": 0, "use_defaults": False}
    assert server.cli("account", "quota", "ann")["origin"] == "domain"
    assert server.cli("tenant", "rules", "admin", "--remote-destinations", "forbidden")["may_send_outside"] is False


with Server() as server:
    password = add_accounts(server, "ann", "bob", "carl", "dora")
    aliases(server)
    lists(server, password)
    rules(server, password)
    # What was set is there after a restart.
    server.kill()
    server.start()
    assert server.cli("list", "show", "staff")["members"] == 2
    assert server.cli("account", "quota", "bob")["messages"] == 2
    assert server.cli("account", "autoreply", "carl")["enabled"] is True
