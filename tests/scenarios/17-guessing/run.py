"""Passwords guessed for one account from many networks at once: strangers queue, the owner gets in, nothing tells who exists."""
import collections
import concurrent.futures
import time

from mail import add_accounts, login_answer
from restante import CONFIG, Server

NETWORKS = [f"127.1.{n}.1" for n in range(40)]  # each a /24 of its own
# A stranger's turn comes every half second, and four may wait.
SLOW = 'delay = "500ms"\ndelay_max = "500ms"\naccount_failures = 5\nwait_max = "2s"\nalert_failures = 8\n'
USUAL = 'delay = "10ms"\ndelay_max = "20ms"\n'
assert USUAL in CONFIG


def attack(server, name):
    """One wrong password from each network, all at once: what they are told, and the owner's login meanwhile."""
    with concurrent.futures.ThreadPoolExecutor(len(NETWORKS)) as pool:
        guesses = [pool.submit(login_answer, server, name, "guessed-wrong", source) for source in NETWORKS]
        answers = collections.Counter(guess.result().split("]")[0] for guess in guesses)
    print(name, dict(answers))
    return answers


with Server(CONFIG.replace(USUAL, SLOW)) as server:
    password = add_accounts(server, "ann", "bob")
    assert login_answer(server, "ann", password) == "+OK"  # the owner's network is no stranger from now on
    known, unknown = attack(server, "ann"), attack(server, "nobody")
    for answers in (known, unknown):
        assert set(answers) == {"-ERR [AUTH", "-ERR [SYS/TEMP"}, answers  # most hear: come again later
        assert answers["-ERR [SYS/TEMP"] >= len(NETWORKS) // 2, answers

    # While the attack goes on.
    with concurrent.futures.ThreadPoolExecutor(len(NETWORKS)) as pool:
        guesses = [pool.submit(login_answer, server, "ann", "guessed-wrong", source) for source in NETWORKS]
        assert login_answer(server, "ann", password) == "+OK", "the owner, from where he logged in before"
        assert login_answer(server, "bob", password, "127.2.0.1") == "+OK", "somebody else, from anywhere"
        app = server.api("POST", "/accounts/ann/app-passwords", {"name": "phone"})["password"]
        assert login_answer(server, "ann", app, "127.2.0.2") == "+OK", "an app password, from anywhere"
        for guess in guesses:
            assert guess.result().startswith("-ERR"), guess.result()

    alerts = [alert for alert in server.api("GET", "/alerts")["items"] if alert["kind"] == "login.guessing"]
    assert [alert["account"] for alert in alerts] == ["ann"], alerts  # of names that nobody has there is none

    # Settings hold at once, stay over a reload of the file, and are written down.
    shorter = {"name": "cid", "domain": "example.test", "password": "only-14-octets"}
    server.cli("settings", "set", "directory", "password_min_length", "20")
    server.api("POST", "/accounts", shorter, expected=(400,))
    server.reload()
    while "server.reloaded" not in server.log_text():
        time.sleep(0.05)
    server.api("POST", "/accounts", shorter, expected=(400,))
    server.cli("settings", "reset", "directory", "password_min_length")
    server.api("POST", "/accounts", shorter)
    server.cli("settings", "set", "guessing", "delay_max", "3s")
    server.cli("settings", "set", "guessing", "delay", "3s")
    began = time.monotonic()
    assert login_answer(server, "bob", "wrong-again", "127.3.0.1").startswith("-ERR")
    assert time.monotonic() - began >= 3
    server.cli("settings", "set", "guessing", "delay", "2 parsecs", check=None)
    shown = {one["name"]: one for one in server.cli("settings", "show", "guessing")["properties"]}
    assert (shown["delay"]["value"], shown["delay"]["in_file"], shown["delay"]["source"]) == ("3s", "500ms", "set"), shown["delay"]
    changes = [(row["object"], row["detail"]) for row in server.cli("audit")["items"] if row["action"] in ("service.set", "service.reset")]
    assert ("[guessing]", "delay: 500ms -> 3s") in changes and ("[directory]", "password_min_length") in changes, changes
    # The schedule of the server's own tests, too (S2.38).
    server.cli("settings", "set", "probe", "light", "true")
    server.cli("settings", "set", "probe", "interval", "1m")
    end = time.monotonic() + 120
    while server.log_text().count("probe.done") < 2:
        assert time.monotonic() < end, server.log_text()[-3000:]
        time.sleep(0.1)
