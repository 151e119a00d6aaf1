"""App passwords over the wire: limited by protocol, network and time; last use seen; revoked at once."""
import datetime
import smtplib
import time

from mail import add_accounts, login_answer, message, submit
from restante import Server


def in_time(**distance):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(**distance)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


with Server() as server:
    own = add_accounts(server, "ann")

    def add(name, **limits):
        return server.api("POST", "/accounts/ann/app-passwords", {"name": name, **limits})["password"]

    def listed(name):
        return next(one for one in server.api("GET", "/accounts/ann/app-passwords")["items"] if one["name"] == name)

    def submits(password):
        try:
            submit(server, "ann", password, "ann@example.test", ["ann@example.test"], message("ann@example.test", "ann@example.test", "hi"))
            return True
        except smtplib.SMTPAuthenticationError as refused:
            assert refused.smtp_code == 535, refused
            return False

    # Everything that is refused is told with the words for a wrong password.
    wrong = login_answer(server, "ann", "wrong-password")
    assert wrong.startswith("-ERR [AUTH]"), wrong

    # By protocol.
    reader = server.cli("account", "app-password", "add", "ann", "reader", "--protocol", "pop3")["password"]
    writer = add("writer", protocols=["smtp"])
    assert login_answer(server, "ann", reader) == "+OK" and not submits(reader)
    assert login_answer(server, "ann", writer) == wrong and submits(writer)
    assert "it is not for this protocol" in server.log_text()
    assert login_answer(server, "ann", reader.replace("-", " ").upper()) == "+OK"  # as people type

    # By network; the first use is seen, with its place, and the use that was refused is not.
    home = add("home", networks=["127.0.0.8/29", "192.0.2.0/24"])
    assert listed("home")["last_used_at"] is None
    assert login_answer(server, "ann", home, source="127.0.0.2") == wrong
    assert listed("home")["last_used_at"] is None
    before = in_time().removesuffix("Z")
    assert login_answer(server, "ann", home, source="127.0.0.9") == "+OK"
    used = listed("home")
    assert used["last_used_from"] == "127.0.0.9" and used["last_used_at"] >= before, used

    # By time.
    assert login_answer(server, "ann", add("long", expires_at=in_time(days=1))) == "+OK"
    short, limit = add("short", expires_at=in_time(seconds=2)), time.monotonic() + 60
    while login_answer(server, "ann", short) == "+OK":
        assert time.monotonic() < limit
    assert login_answer(server, "ann", short) == wrong and "it has expired" in server.log_text()

    # Only app passwords for mail programs; the next login is the first that knows.
    assert login_answer(server, "ann", own) == "+OK"
    server.api("PATCH", "/accounts/ann", {"app_passwords_only": True})
    assert login_answer(server, "ann", own) == wrong and not submits(own)
    assert login_answer(server, "ann", reader) == "+OK"

    # Another account's is none; revoked is gone.
    server.api("POST", "/accounts", {"name": "bob", "domain": "example.test", "password": "secret-password"})
    assert login_answer(server, "bob", reader) == wrong
    server.api("DELETE", "/accounts/ann/app-passwords/reader")
    assert login_answer(server, "ann", reader) == wrong

    # What is kept is no password.
    for secret in (reader, writer, home):
        assert secret not in server.log_text()
        for path in server.data.rglob("*"):
            assert not path.is_file() or secret.encode() not in path.read_bytes(), path
