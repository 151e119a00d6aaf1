"""Frame of the whole-program tests: a server of one's own in a temporary folder, on ports the system chooses.

A scenario is a folder NN-name with a run.py that imports this, uses plain asserts and ends with exit code 0.
`RESTANTE` names the program.
"""
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile

PROGRAM = os.environ.get("RESTANTE", "build/dev/src/restante")

CONFIG = """
[server]
hostname = "mail.test"
data_directory = "{data}"
shutdown_grace = "5s"
[log]
level = "debug"
[guessing]
delay = "10ms"
delay_max = "20ms"
[smtp.mx]
listen = ["127.0.0.1:0"]
[smtp.submission]
listen = ["127.0.0.1:0"]
listen_tls = ["127.0.0.1:0"]
[pop3]
listen = ["127.0.0.1:0"]
listen_tls = ["127.0.0.1:0"]
[admin]
listen = ["127.0.0.1:0"]
[directory]
argon2_memory = "8KiB"
argon2_passes = 1
scram_iterations = 4096
"""


def run(*arguments, check=None, stdin=None, timeout=60):
    """The program with these arguments, as text; check: the exit code that is expected."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=timeout)
    if check is not None:
        assert done.returncode == check, f"{arguments}: exit code {done.returncode}, not {check}\n{done.stdout}{done.stderr}"
    return done


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost", timeout=60)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Server:
    """`with Server() as server:` starts one and stops it gracefully; `changes` maps config text to its replacement."""

    def __init__(self, config=CONFIG, folder=None):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="restante-scenario-"))
        self.owns_folder = folder is None
        self.data = self.folder / "data"
        self.config = self.folder / "restante.toml"
        self.config.write_text(config.format(data=self.data))
        self.log = self.folder / "log"
        self.process = None
        self.password = None  # of the administrator; known after the first start

    def start(self):
        """Returns when the server says that it is ready."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([PROGRAM, "serve", "--json", "--config", str(self.config)],
                                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log, text=True)
        line = self.process.stdout.readline()
        assert line, f"the server ended with code {self.process.wait()}\n{self.log_text()}"
        self.ready = json.loads(line)
        self.password = self.ready.get("administrator_password", self.password)
        return self

    def port(self, service):
        """Port of "smtp.mx", "smtp.submission", "smtp.submission_tls", "pop3", "pop3_tls", "admin"."""
        return int(self.ready["listeners"][service][0].rsplit(":", 1)[1])

    def stop(self, how=signal.SIGTERM, timeout=60):
        """Exit code after the signal."""
        if self.process is None:
            return None
        process, self.process = self.process, None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(how)
        try:
            return process.wait(timeout)
        finally:
            if process.returncode is None:
                process.kill()
                process.wait()
            process.stdout.close()

    def kill(self):
        return self.stop(signal.SIGKILL)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def cli(self, *arguments, check=0, stdin=None):
        """A command of the command line, run against this server; its JSON."""
        done = run(*arguments, "--json", "--config", self.config, check=check, stdin=stdin)
        return json.loads(done.stdout) if done.stdout.strip() else None

    def api(self, method, path, body=None, expected=(200, 201, 204)):
        """A request to the HTTP API by its unix socket, without starting a program as cli() does; its JSON."""
        connection = UnixConnection(self.data / "admin.sock")
        try:
            headers = {"Content-Type": "application/json"} if body is not None else {}
            connection.request(method, f"/api/v1{path}", None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        assert answer.status in expected, f"{method} {path}: {answer.status} {text.decode()}"
        return json.loads(text) if text else None

    def tls(self):
        """A client context that trusts exactly this server's certificate."""
        context = ssl.create_default_context(cafile=str(self.data / "tls" / "certificate.pem"))
        context.check_hostname = False
        return context

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def __enter__(self):
        return self.start()

    def __exit__(self, kind, value, trace):
        code = self.stop()
        if kind is not None:
            print(self.log_text()[-8000:])
        if self.owns_folder:
            shutil.rmtree(self.folder, ignore_errors=True)
        if kind is None and code is not None:
            assert code == 0, f"exit code {code} after SIGTERM"
