"""Accounts as an administrator handles them (S5.1-S5.18), by the command line and by mail."""
import crypt
import poplib
import smtplib

from mail import collect, message, send
from restante import Server, run

PASSWORD = "secret-password"


def refused(server, user, password):
    """The answer to a login over POP3; None if it succeeds."""
    try:
        collect(server, user, password)
        return None
    except poplib.error_proto as answer:
        return answer.args[0].decode()


def account(server, name):
    return server.cli("account", "show", name)


with Server() as server:
    # A new domain says that its postmaster leads nowhere; the first account gets it (RFC 5321 4.5.1).
    made = server.cli("domain", "add", "example.test")
    assert made["postmaster"] == [] and "postmaster@example.test" in made["advice"], made
    server.cli("account", "add", "ann", "--domain", "example.test", "--password-stdin", stdin=PASSWORD + "\n")
    (domain,) = server.cli("domain", "list")["items"]
    assert domain["postmaster"] == ["ann"] and domain["abuse"] == ["ann"], domain

    # A list with mistakes: each line is named, nothing is made.
    hashed = crypt.crypt(PASSWORD, "$6$saltsalt")
    rows = ["name,domain,real_name,password,password_hash",
            f'bob,example.test,"Bob, the ""builder""",,{{SHA512-CRYPT}}{hashed}',
            "ann,example.test,,long-enough-1,",
            "carl,nowhere.test,,long-enough-1,",
            "dora,example.test,,short,"]
    listing = server.folder / "accounts.csv"
    listing.write_text("\n".join(rows) + "\n")
    told = run("import", "accounts", listing, "--config", server.config, check=1).stderr
    for words in ("line 3, name", "line 4, domain", "line 5, password"):
        assert words in told, told
    assert "line 2" not in told, told
    assert len(server.cli("account", "list")["items"]) == 1
    listing.write_text("\r\n".join(rows[:2]))
    assert server.cli("import", "accounts", listing, "--dry-run") == {"checked": 1, "created": 0}
    assert server.cli("import", "accounts", listing) == {"checked": 1, "created": 1}
    assert account(server, "bob")["real_name"] == 'Bob, the "builder"'

    # The old password works, and its hash is replaced, once.
    exported = run("export", "accounts", "--hashes", "--config", server.config, check=0).stdout
    assert "{SHA512-CRYPT}$6$" in exported, exported
    assert refused(server, "bob@example.test", PASSWORD) is None
    assert "{SHA512-CRYPT}" not in run("export", "accounts", "--hashes", "--config", server.config, check=0).stdout
    assert "password_hash" not in run("export", "accounts", "--config", server.config, check=0).stdout
    assert refused(server, "bob", PASSWORD) is None
    upgrades = [row for row in server.cli("audit")["items"] if row["action"] == "account.upgrade_password" and row["object"] == "bob"]
    assert len(upgrades) == 1, upgrades

    # S5.12, S5.13: the aliases that lead to an account are listed, and mail to a listed one arrives.
    server.cli("alias", "set", "sales@example.test", "bob")
    assert account(server, "bob")["aliases"] == ["sales@example.test"]
    assert send(server, "x@elsewhere.test", ["sales@example.test"], message("x", "sales", "one")) == {}
    assert len(collect(server, "bob", PASSWORD)) == 1

    # S5.17: what goes is shown; it is gone at once; it comes back whole.
    removal = server.cli("account", "removal", "bob")
    assert removal["aliases_removed"] == ["bob@example.test", "sales@example.test"], removal
    server.cli("account", "delete", "bob")
    assert "[AUTH]" in refused(server, "bob", PASSWORD)
    try:
        send(server, "x@elsewhere.test", ["sales@example.test"], message("x", "sales", "two"))
        raise AssertionError("mail for a deleted account was taken")
    except smtplib.SMTPRecipientsRefused:
        pass
    assert [row["name"] for row in server.cli("account", "deleted")["items"]] == ["bob"]
    server.cli("account", "undelete", "bob")
    assert len(collect(server, "sales@example.test", PASSWORD)) == 1
    server.cli("account", "delete", "bob")
    server.cli("account", "purge", "bob")
    assert server.cli("account", "deleted")["items"] == []
    server.cli("account", "add", "bob", "--domain", "example.test", "--password-stdin", stdin=PASSWORD + "\n")
    assert collect(server, "bob", PASSWORD) == []

    # S5.16: no answer holds a password.
    for command in (("account", "list"), ("account", "show", "bob"), ("audit",)):
        assert PASSWORD not in str(server.cli(*command))
