"""Mail to other servers: accepted from a user, queued, looked up in an own zone, sent; kill -9 loses and doubles nothing."""
import shutil
import smtplib
import time

from mail import add_accounts, collect, message, send, submit
from name_server import NameServer
from restante import CONFIG, Server
from sink import Sink

FAST = """
[dns]
servers = ["{dns}"]
timeout = "500ms"
tries = 2
[relay]
port = {port}
allow_internal = true
retry_first = "1s"
retry_max = "1s"
poll = "20ms"
connect_timeout = "5s"
"""
ME = "bob@example.test"


def until(what, holds, seconds=60):
    """Looks again until it holds: what is waited for is seen through the command line only."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, what
        time.sleep(0.05)


def post(server, password, recipients, subject):
    submit(server, "bob", password, ME, recipients, message(ME, recipients[0], subject))


with Sink() as sink, NameServer() as dns:
    dns.set(f"""
        far.test MX 10 mx.far.test
        mx.far.test A 127.0.0.1
        null.test MX 0 .
        broken.test FAIL
    """)
    server = Server(CONFIG + FAST.format(dns=dns.address, port=sink.port, data="{data}"))
    server.owns_folder = False
    with server:
        password = add_accounts(server, "bob")

        # Strangers are not relayed for; whoever logged in is.
        refused = None
        try:
            send(server, "x@elsewhere.test", ["anna@far.test"], message("x@elsewhere.test", "anna@far.test", "No"))
        except smtplib.SMTPRecipientsRefused as e:
            refused = e.recipients["anna@far.test"]
        assert refused and refused[0] == 550 and b"5.7.1" in refused[1], refused
        post(server, password, ["anna@far.test"], "First")
        sender, recipients, text = sink.wait_for(1)[0]
        assert sender.startswith("MAIL FROM:<bob@example.test>"), sender
        assert recipients == ["RCPT TO:<anna@far.test>"], recipients
        assert b"Subject: First" in text and text.count(b"Received:") == 1, text

        # How TLS went is counted, for the domain to be told (RFC 8460).
        told = server.cli("queue", "tls-report", "far.test")
        assert told["counts"][0]["result"] == "starttls-not-supported" and told["state"] == "open", told
        assert told["report"]["policies"][0]["policy"]["policy-type"] == "no-policy-found", told

        # A domain that takes no mail: the sender is told.
        post(server, password, ["anna@null.test"], "Nobody")
        until("no report came", lambda: len(collect(server, "bob", password)) == 1)
        report = collect(server, "bob", password, delete=True)[0]
        assert b"Status: 5.1.10" in report and b"Action: failed" in report and b"Return-Path: <>" in report, report

        # What waits is seen and dealt with from the command line.
        post(server, password, ["anna@broken.test"], "Waits")
        until("it does not wait", lambda: any(r["last_error"] for r in server.cli("queue", "list")["items"]))
        row = server.cli("queue", "list", "--domain", "broken.test")["items"][0]
        assert row["sender"] == ME and "name server" in row["last_error"], row
        assert "Subject: Waits" in server.cli("queue", "show", row["id"])["header"]
        destination = server.cli("queue", "destinations")["items"][0]
        assert destination["domain"] == "broken.test" and destination["state"] == "failing", destination
        assert server.cli("queue", "hold", "--domain", "broken.test") == {"recipients": 1}
        assert server.cli("queue", "list")["items"][0]["state"] == "held"
        assert server.cli("queue", "delete", "--id", row["id"]) == {"recipients": 1}
        assert "not in the queue" in server.cli("queue", "delete", "--id", row["id"], check=1)["detail"]
        assert server.cli("queue", "list")["items"] == []
        server.cli("queue", "retry", check=1)  # nothing is named
        server.cli("smarthost", "set", "smart.test", "--host", "[127.0.0.1]", "--port", str(sink.port), "--tls", "if_offered")
        post(server, password, ["anna@smart.test"], "By smarthost")
        assert sink.wait_for(2)[1][1] == ["RCPT TO:<anna@smart.test>"]
        server.cli("smarthost", "delete", "smart.test")

        # Stopped, the relay keeps what comes; kill -9 loses none of it.
        server.cli("service", "stop", "relay")
        for number in range(30):
            post(server, password, ["anna@far.test"], f"Kept {number}")
        assert len(sink.mails) == 2
        server.kill()
    with server:
        until("the relay does not start by itself", lambda: server.cli("service", "show", "relay")["state"] == "running")
        mails = sink.wait_for(32)
        subjects = sorted(line for _, _, text in mails for line in text.split(b"\r\n") if line.startswith(b"Subject: Kept"))
        assert subjects == sorted(b"Subject: Kept %d" % number for number in range(30)), subjects
        until("the queue is not empty", lambda: server.cli("queue", "list")["items"] == [])
        assert server.cli("service", "set", "relay", "retry_first", "2s")["name"] == "relay"

    # Killed while it sends: what the other server had taken may come again only if that was not written down yet.
    with server:
        for number in range(40):
            post(server, password, ["anna@far.test"], f"Again {number}")
        sink.wait_for(40)
        server.kill()
    with server:
        until("the queue is not empty", lambda: server.cli("queue", "list")["items"] == [])
        again = {line for _, _, text in sink.mails for line in text.split(b"\r\n") if line.startswith(b"Subject: Again")}
        assert len(again) == 40, sorted(again)
shutil.rmtree(server.folder, ignore_errors=True)
print("relay: all went where it should")
