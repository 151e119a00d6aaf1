"""A client empties a maildrop: the administrator is alerted and puts everything back, also after kill -9."""
import poplib

from mail import add_accounts, collect, message, send
from restante import CONFIG, Server


def session(server, password, delete=()):
    """UIDLs of the maildrop, after which `delete` are deleted."""
    pop = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=server.tls(), timeout=20)
    pop.user("ann")
    pop.pass_(password)
    uidls = [line.split()[1] for line in pop.uidl()[1]]
    for number in delete:
        pop.dele(number)
    pop.quit()
    return uidls


with Server(CONFIG.replace("[admin]", "alert_from = 3\n[admin]", 1)) as server:
    password = add_accounts(server, "ann")
    for number in range(4):
        send(server, "someone@elsewhere.test", ["ann@example.test"],
             message("someone@elsewhere.test", "ann@example.test", f"mail {number}"))
    before = collect(server, "ann", password)
    uidls = session(server, password, delete=[2])
    assert server.cli("alert", "list")["items"] == [], "one of four is no reason for an alert"
    assert session(server, password, delete=[1, 2, 3]) == [uidls[0], uidls[2], uidls[3]]

    (alert,) = server.cli("alert", "list")["items"]
    assert alert["kind"] == "pop3.mass_deletion" and alert["account"] == "ann", alert
    assert "3 of 3" in alert["detail"], alert
    server.cli("alert", "settle", alert["id"])
    assert server.cli("alert", "list")["items"] == []

    server.kill()
    server.start()
    assert collect(server, "ann", password) == []
    account = server.cli("account", "show", "ann")
    assert account["maildrop"]["messages"] == 0, account
    large, small = server.cli("account", "deletions", "ann")["items"]
    assert (large["deleted"]["messages"], small["deleted"]["messages"]) == (3, 1)
    assert large["login"] == "ann" and large["peer"] == "127.0.0.1", large
    listed = server.cli("account", "deletion", "ann", large["id"])["messages"]
    assert [one["uidl"] for one in listed] == [uidls[0].decode(), uidls[2].decode(), uidls[3].decode()]

    server.cli("account", "restore", "ann", large["id"], "--messages", listed[1]["id"])
    server.kill()
    server.start()
    assert session(server, password) == [uidls[2]]
    server.cli("account", "restore", "ann", large["id"], "--all")
    server.cli("account", "restore", "ann", small["id"], "--all")
    server.cli("account", "restore", "ann", small["id"], "--all", check=1)
    assert session(server, password) == uidls, "the UIDLs come back unchanged, in the old order"
    assert collect(server, "ann", password) == before
    actions = [row["action"] for row in server.cli("audit")["items"]]
    assert actions.count("account.restore_mail") == 4 and "alert.settle" in actions, actions

# Without undo, deleted is deleted.
with Server(CONFIG.replace("[admin]", 'undo = "0"\n[admin]', 1)) as server:
    password = add_accounts(server, "ann")
    send(server, "someone@elsewhere.test", ["ann@example.test"],
         message("someone@elsewhere.test", "ann@example.test", "mail"))
    session(server, password, delete=[1])
    assert server.cli("account", "deletions", "ann")["items"] == []
