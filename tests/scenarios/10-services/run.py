"""Services one by one: stop and start, addresses live, settings that survive, certificates by the name asked for."""
import json
import poplib
import re
import smtplib
import socket
import ssl
import subprocess
import time

from mail import add_accounts, collect, message, send
from restante import CONFIG, Server


def service(server, name):
    return server.cli("service", "show", name)


def port_of(address):
    return int(address.rsplit(":", 1)[1])


def refused(port):
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def make_certificate(path, host):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", f"/CN={host}", "-addext", f"subjectAltName=DNS:{host}", "-keyout", f"{path}.key", "-out", f"{path}.pem"],
                   check=True, capture_output=True)


def shown_certificate(port, name, *more):
    """The subject of the certificate a client sees that asks for `name`."""
    sni = ["-servername", name] if name else ["-noservername"]
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *sni, *more], input="QUIT\r\n",
                          capture_output=True, text=True, timeout=30)
    return re.search(r"subject=.*?CN *= *(\S+)", done.stdout).group(1)


def handshake(port, *more):
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{port}", *more], input="QUIT\r\n", capture_output=True, text=True,
                          timeout=30)
    return "Cipher is (NONE)" not in done.stdout


server = Server()
server.owns_folder = False
with server:
    password = add_accounts(server, "bob")
    send(server, "a@elsewhere.test", ["bob@example.test"], message("a@elsewhere.test", "bob@example.test", "One"))

    # POP3 stops, SMTP serves on; a session under way ends in good order; listeners.json tells the truth.
    pop3 = server.port("pop3")
    session = poplib.POP3("127.0.0.1", pop3, timeout=20)
    assert server.cli("service", "stop", "pop3")["state"] == "stopped"
    assert session.file.readline().startswith(b"-ERR [SYS/TEMP]")
    assert refused(pop3)
    assert "pop3" not in json.loads((server.data / "listeners.json").read_text())
    assert not [row for row in server.cli("status")["listeners"] if row["service"] == "pop3"]
    send(server, "a@elsewhere.test", ["bob@example.test"], message("a@elsewhere.test", "bob@example.test", "Two"))
    started = server.cli("service", "start", "pop3")
    assert started["state"] == "running"
    server.ready["listeners"]["pop3"] = started["listen"]
    server.ready["listeners"]["pop3_tls"] = started["listen_tls"]
    assert len(collect(server, "bob", password)) == 2

    # --now cuts; another service's session does not notice.
    with smtplib.SMTP("127.0.0.1", server.port("smtp.mx"), timeout=20) as smtp:
        smtp.ehlo("client.test")
        cut = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)
        server.cli("service", "restart", "pop3", "--now")
        assert cut.file.read(1000) in (b"", b"-ERR [SYS/TEMP] Server is shutting down, nothing was deleted\r\n")
        assert smtp.noop()[0] == 250
    now = service(server, "pop3")

    # One more address, live; a taken one is refused with the reason, and nothing changes.
    more = server.cli("service", "bind", "pop3", "127.0.0.1:0")
    assert len(more["listen"]) == 2 and more["listen"][0] == now["listen"][0], more["listen"]
    poplib.POP3("127.0.0.1", port_of(more["listen"][1]), timeout=20).quit()
    taken = server.ready["listeners"]["smtp.mx"][0]
    answer = server.cli("service", "bind", "pop3", taken, check=1)
    assert answer["detail"] == f"{taken} is already in use", answer
    assert service(server, "pop3")["listen"] == more["listen"]
    assert server.cli("service", "unbind", "pop3", more["listen"][1])["listen"] == now["listen"]
    assert refused(port_of(more["listen"][1]))

    # Rows S2.5, S2.19, S2.22. Settings: live, with their range, by whom.
    server.cli("service", "set", "pop3", "banner", "Welcome to the tests")
    pop = poplib.POP3("127.0.0.1", port_of(now["listen"][0]), timeout=20)
    assert pop.getwelcome() == b"+OK Welcome to the tests", pop.getwelcome()
    wrong = server.cli("service", "set", "pop3", "max-command-line", "10", check=1)
    assert wrong["errors"][0]["detail"] == "must be from 40 to 65536", wrong
    (banner,) = [row for row in service(server, "pop3")["properties"] if row["name"] == "banner"]
    assert banner["source"] == "set" and banner["set_by"].startswith("local:") and banner["set_at"], banner

    # Rows S2.10, S2.11, S2.14. Login types: nothing in clear by default; passwords once they are allowed.
    clear = poplib.POP3("127.0.0.1", port_of(now["listen"][0]), timeout=20)
    assert "USER" not in clear.capa() and "SASL" not in clear.capa(), clear.capa()
    server.cli("service", "set", "pop3", "login-type", "PlainTextLogin")
    assert "USER" not in clear.capa()  # a session keeps what it began with
    clear = poplib.POP3("127.0.0.1", port_of(now["listen"][0]), timeout=20)
    clear.user("bob")
    clear.pass_(password)
    assert clear.stat()[0] == 2
    clear.quit()
    server.cli("service", "reset", "pop3", "login-type")

    # A second certificate, chosen by the name the client asks for; default by name; both on every service.
    make_certificate(server.folder / "shop", "mail.shop.test")
    server.cli("certificate", "add", "shop", "--certificate", server.folder / "shop.pem", "--key", server.folder / "shop.key")
    pops = port_of(now["listen_tls"][0])
    assert shown_certificate(pops, "mail.shop.test") == "mail.shop.test"
    assert shown_certificate(pops, "mail.test") == "mail.test"
    assert shown_certificate(pops, None) == "mail.test"
    assert shown_certificate(server.port("smtp.mx"), "mail.shop.test", "-starttls", "smtp") == "mail.shop.test"
    server.cli("service", "set", "pop3", "certificate", "shop")
    assert shown_certificate(pops, None) == "mail.shop.test"
    assert shown_certificate(pops, "mail.test") == "mail.test"
    (row,) = [row for row in server.cli("certificate", "list")["items"] if row["name"] == "shop"]
    assert row["used_by"] == ["pop3"] and row["host_names"] == ["mail.shop.test"], row

    # The oldest version of TLS, for all services at once; a change of the defaults shows on accounts that follow them.
    assert handshake(pops, "-tls1_2")
    server.cli("settings", "set", "tls", "min_version", "1.3")
    assert not handshake(pops, "-tls1_2") and handshake(pops, "-tls1_3")
    assert not handshake(server.port("smtp.mx"), "-tls1_2", "-starttls", "smtp")
    server.cli("settings", "reset", "tls", "min_version")
    assert handshake(pops, "-tls1_2")
    assert server.cli("settings", "set", "tls", "certificate", "/x", check=1)["detail"].startswith("[tls] has no property")
    server.cli("service", "set", "pop3", "descending", "true")
    assert server.api("GET", "/accounts/bob/pop3")["order"] == "descending"
    server.api("PATCH", "/accounts/bob/pop3", {"undo_days": 3})
    server.cli("service", "reset", "pop3", "descending")
    own = server.api("GET", "/accounts/bob/pop3")
    assert (own["order"], own["undo_days"]) == ("descending", 3), f"own settings begin with the defaults of then: {own}"

    # The console's port can be stopped; the command line's socket stays.
    admin = server.port("admin")
    assert server.cli("service", "stop", "admin")["state"] == "stopped"
    assert refused(admin)
    assert server.cli("service", "start", "admin")["state"] == "running"

    server.cli("service", "set", "submission", "start", "manual")
    server.cli("service", "set", "mx", "start", "disabled")
    settings = server.cli("service", "client-settings")["items"]
    assert {row["security"] for row in settings if row["service"] == "pop3"} == {"SSL", "TLS"}, settings
    actions = {row["action"] for row in server.cli("audit")["items"]}
    assert {"service.stop", "service.start", "service.set", "service.reset", "certificate.add"} <= actions, actions

# After a restart what was set still holds, and the start-up types decide.
server.owns_folder = True
with server:
    assert "smtp.mx" not in server.ready["listeners"] and "smtp.submission" not in server.ready["listeners"]
    assert server.cli("service", "start", "submission")["state"] == "running"
    assert "disabled" in server.cli("service", "start", "mx", check=1)["detail"]
    pop = poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20)
    assert pop.getwelcome() == b"+OK Welcome to the tests"
    assert shown_certificate(server.port("pop3_tls"), None) == "mail.shop.test"
    server.cli("service", "reset", "pop3", "banner")
    assert poplib.POP3("127.0.0.1", server.port("pop3"), timeout=20).getwelcome() != pop.getwelcome()
    names = [row["name"] for row in server.cli("service", "list")["items"]]
    assert names == ["admin", "mx", "pop3", "relay", "submission"], names
