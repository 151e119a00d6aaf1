"""New DKIM keys sign once DNS shows them (D1); how often that is looked at follows the settings of a running server."""
import time

from mail import add_accounts
from name_server import NameServer
from restante import CONFIG, Server

DOMAIN = "example.test"


def states(server):
    return sorted(key["state"] for key in server.cli("dkim", "list", DOMAIN)["items"])


def wait_for(server, wanted):
    deadline = time.monotonic() + 60
    while states(server) != wanted:
        assert time.monotonic() < deadline, f"{states(server)}\n{server.log_text()[-3000:]}"
        time.sleep(0.1)


def publish(dns, keys):
    dns.set("\n".join(f"{key['record_name']} TXT {key['record']}" for key in keys))


with NameServer() as dns, Server(CONFIG + f'[dns]\nservers = ["{dns.address}"]\n[dkim]\nkey_watch = "0"\n') as server:
    add_accounts(server, "ann")
    keys = server.cli("dkim", "add", DOMAIN)["items"]
    publish(dns, keys)
    assert states(server) == ["pending", "pending"]

    shown = server.cli("settings", "set", "dkim", "key_watch", "1s")
    assert [(one["name"], one["value"]) for one in shown["properties"]] == [("key_watch", "1s")], shown
    wait_for(server, ["active", "active"])

    server.cli("settings", "set", "dkim", "key_watch", "0")
    asked = len(dns.asked)
    publish(dns, server.cli("dkim", "rotate", DOMAIN)["items"])
    time.sleep(2.5)  # nobody looks: a watch that went on would have asked twice
    assert states(server) == ["active", "active", "pending", "pending"] and len(dns.asked) == asked, dns.asked[asked:]

    server.cli("settings", "reset", "dkim", "key_watch")
    server.cli("settings", "set", "dkim", "key_watch", "1s")
    wait_for(server, ["active", "active", "retired", "retired"])
