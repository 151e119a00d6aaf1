"""The spam filter acts before storage (S5.31): taught, marking, refusing, live, lasting over a restart, taken back, audited."""
import email.utils
import smtplib
import urllib.request

from mail import add_accounts, collect, message, send, submit
from restante import Server, run

HERE = "example.test"
SPAM = "Cheap pills, order now and save: http://192.0.2.66/shop\r\n"
HAM = "See you at noon, the table is in my name. Anna\r\n"


def decent(subject, body, extra=""):
    head = (f"From: Anna <anna@friend.test>\r\nTo: ann@{HERE}\r\nSubject: {subject}\r\nMessage-ID: <{subject.encode().hex()}@friend.test>\r\n"
            f"Date: {email.utils.formatdate()}\r\n{extra}\r\n")
    return (head + body).encode()


def answer(server, data, recipient=f"ann@{HERE}", sender="anna@friend.test"):
    """Code and text of the answer to the final dot."""
    try:
        send(server, sender, [recipient], data)
        return 250, b""
    except smtplib.SMTPDataError as refusal:
        return refusal.smtp_code, refusal.smtp_error


def newest(server, password, user="ann"):
    return email.message_from_bytes(collect(server, user, password)[-1])


def teach(server):
    """A folder of messages, an mbox, and one message on standard input; the same ones again change nothing."""
    spam, ham = server.folder / "spam" / "cur", server.folder / "good.mbox"
    spam.mkdir(parents=True)
    for number in range(30):
        (spam / f"{number}.eml").write_bytes(decent(f"Offer n{number}", SPAM))
    (server.folder / "spam" / ".hidden").write_text("no message")
    with open(ham, "wb") as box:
        for number in range(29):
            box.write(b"From anna@friend.test Sat Nov 28 12:00:00 2026\n" + decent(f"Lunch n{number}", HAM).replace(b"\r\n", b"\n") + b"\n")
    assert server.cli("spam", "teach", "spam", server.folder / "spam") == {"taught": 30, "moved": 0, "known": 0, "failed": 0}
    assert not server.cli("spam", "show")["classifier_ready"], "no good mail was taught"
    assert server.cli("spam", "teach", "ham", ham) == {"taught": 29, "moved": 0, "known": 0, "failed": 0}
    last = decent("Lunch n29", HAM).decode()
    assert server.cli("spam", "teach", "spam", "-", stdin=last)["taught"] == 1
    assert server.cli("spam", "teach", "ham", "-", stdin=last)["moved"] == 1, "it was taught as spam by mistake"
    assert server.cli("spam", "teach", "ham", ham)["known"] == 29
    shown = server.cli("spam", "show")
    assert (shown["spam"], shown["ham"], shown["classifier_ready"], shown["action"]) == (30, 30, True, "off"), shown

    gone = run("spam", "teach", "spam", server.folder / "nowhere", "--config", server.config, check=1).stderr
    assert "nowhere: " in gone, gone
    empty = server.folder / "empty"
    empty.write_text("")
    told = run("spam", "teach", "ham", empty, ham, "--config", server.config, check=1)
    assert "empty: " in told.stderr and "KNOWN: 29" in told.stdout and "FAILED: 1" in told.stdout, "the others are read"
    run("spam", "teach", "good", ham, "--config", server.config, check=2)


def acts(server, password):
    # Off, as it is at first: nothing is said, nothing is cut out.
    assert answer(server, decent("Offer", SPAM, "X-Spam-Flag: NO\r\n"))[0] == 250
    assert newest(server, password)["X-Spam-Flag"] == "NO" and newest(server, password)["X-Spam-Score"] is None

    server.cli("settings", "set", "filter", "action", "mark")
    assert answer(server, decent("Offer", SPAM, "X-Spam-Flag: NO\r\nx-spam-score: 0\r\n"))[0] == 250
    marked = newest(server, password)
    assert marked.get_all("X-Spam-Flag") == ["YES"] and len(marked.get_all("X-Spam-Score")) == 1, marked.as_string()
    assert int(marked["X-Spam-Score"]) >= 99 and set(marked["X-Spam-Tests"].split()) >= {"classifier", "link_to_address"}, marked.as_string()
    assert answer(server, decent("Lunch?", HAM))[0] == 250
    good = newest(server, password)
    assert good["X-Spam-Flag"] is None and int(good["X-Spam-Score"]) < 20, good.as_string()

    server.cli("settings", "set", "filter", "action", "refuse")
    before = len(collect(server, "ann", password))
    code, text = answer(server, decent("Offer", SPAM))
    assert code == 550 and text.startswith(b"5.7.1") and b"postmaster" in text, (code, text)
    assert len(collect(server, "ann", password)) == before, "what is refused is not stored"
    assert "smtp.spam_refused" in server.log_text()
    assert answer(server, decent("Lunch!", HAM))[0] == 250

    # Who runs the place hears complaints with the spam in them; what our own users send is not judged.
    server.cli("alias", "set", f"postmaster@{HERE}", "ann")
    assert answer(server, decent("Offer", SPAM), f"postmaster@{HERE}")[0] == 250
    assert newest(server, password)["X-Spam-Flag"] == "YES"
    submit(server, "ann", password, f"ann@{HERE}", [f"bob@{HERE}"], message(f"ann@{HERE}", f"bob@{HERE}", "Offer", SPAM))
    assert newest(server, password, "bob")["X-Spam-Score"] is None

    # What is not marked is not refused.
    server.cli("settings", "set", "filter", "mark_at", "100")
    server.cli("settings", "set", "filter", "refuse_at", "50")
    assert answer(server, decent("Lunch?!", HAM, "Reply-To: x@else.test\r\n"))[0] == 250
    for name in ("mark_at", "refuse_at"):
        server.cli("settings", "reset", "filter", name)
    counted = [line for line in metrics(server) if line.startswith("spam_filter_messages_total")]
    assert any('"refused"' in line and not line.endswith(" 0") for line in counted), counted


def metrics(server):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.port('admin')}/metrics", timeout=60) as answered:
        return answered.read().decode().splitlines()


def explains(server):
    file = server.folder / "mail.eml"
    file.write_bytes(decent("Offer", SPAM))
    said = server.cli("spam", "check", file)
    assert said["refused"] and said["classified"] and {"classifier", "link_to_address"} <= {one["name"] for one in said["findings"]}, said
    assert said["clues"] and said["clues"][0]["spam"] == 30 and said["clues"][0]["probability"] > 0.9, said
    text = run("spam", "check", file, "--config", server.config, check=0).stdout
    assert "A link to an IP address" in text and "CLUE" in text, text


def forgets(server):
    lessons = server.cli("spam", "lessons")["items"]
    assert len(lessons) == 60 and lessons[0]["kind"] == "ham" and lessons[0]["sender"] == "anna@friend.test", lessons[0]
    server.cli("spam", "forget", lessons[0]["id"])
    assert "no lesson" in run("spam", "forget", lessons[0]["id"], "--config", server.config, check=1).stderr
    shown = server.cli("spam", "show")
    assert shown["ham"] == 29 and not shown["classifier_ready"], shown
    actions = [row["action"] for row in server.cli("audit")["items"]]
    assert actions[0] == "spam.forget", actions[:5]
    assert {"spam.teach", "service.set"} <= {row["action"] for row in server.api("GET", "/audit?limit=200")["items"]}
    server.cli("spam", "teach", "ham", "-", stdin=decent("Lunch n29", HAM).decode())


with Server() as server:
    password = add_accounts(server, "ann", "bob")
    teach(server)
    acts(server, password)
    explains(server)
    server.kill()
    server.start()
    assert server.cli("spam", "show")["classifier_ready"], "taught is taught"
    assert answer(server, decent("Offer", SPAM))[0] == 550, "as it was set"
    explains(server)
    forgets(server)
