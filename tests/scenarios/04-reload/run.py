"""SIGHUP: a new certificate for new sessions, running ones live on; a wrong file changes nothing and is logged."""
import hashlib
import poplib
import ssl
import subprocess

from restante import CONFIG, Server


def fingerprint(server):
    der = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", server.port("pop3_tls"))))
    return hashlib.sha256(der).hexdigest()


def make_certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                    "-subj", "/CN=mail.test", "-keyout", f"{folder}/key.pem", "-out", f"{folder}/certificate.pem"],
                   check=True, capture_output=True)


def wait_for_log(server, text, count=1):
    """Until the event is in the log; the test's own time limit ends a wait in vain."""
    import time
    while server.log_text().count(text) < count:
        assert server.process.poll() is None
        time.sleep(0.02)


server = Server()
folder = server.folder
make_certificate(folder)
config = CONFIG.format(data=server.data) + f'[tls]\ncertificate = "{folder}/certificate.pem"\nkey = "{folder}/key.pem"\n'
server.config.write_text(config)
with server:
    before = fingerprint(server)
    session = poplib.POP3_SSL("127.0.0.1", server.port("pop3_tls"), context=ssl._create_unverified_context(), timeout=20)

    make_certificate(folder)
    server.reload()
    wait_for_log(server, "server.reloaded")
    after = fingerprint(server)
    assert after != before
    assert session.capa()  # the old session still lives
    session.quit()

    # What holds for accounts and for guessing is taken, too.
    server.cli("domain", "add", "example.test")
    new = ("account", "add", "bob", "--domain", "example.test", "--password", "twelve-chars")
    strict = config.replace("argon2_passes = 1", "argon2_passes = 1\npassword_min_length = 20").replace('delay = "10ms"', 'delay = "0"')
    server.config.write_text(strict)
    server.reload()
    wait_for_log(server, "server.reloaded", 2)
    server.cli(*new, check=1)
    server.config.write_text(config)
    server.reload()
    wait_for_log(server, "server.reloaded", 3)
    server.cli(*new)

    server.config.write_text(config + "[pop3x]\n")
    server.reload()
    wait_for_log(server, "config.refused")
    (folder / "certificate.pem").write_text("nonsense")
    server.config.write_text(config)
    server.reload()
    wait_for_log(server, "tls.refused")
    assert fingerprint(server) == after
