"""An OAuth server's introspection endpoint (RFC 7662) on loopback."""
import base64
import http.server
import json
import threading
import urllib.parse

SECRET = "s3cret/+"


class Endpoint:
    """For client `restante`. tokens: what is answered about each; of all others that they are not active."""

    def __init__(self, tokens):
        self.tokens = tokens
        self.questions = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Introspection,), {"endpoint": self}))
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def settings(self):
        """The section [login] of a configuration that asks here."""
        return f"""[login]
oauth_introspection_url = "http://127.0.0.1:{self.server.server_port}/introspect"
oauth_client_id = "restante"
oauth_client_secret = "{SECRET}"
oauth_scope = "mail"
"""

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Introspection(http.server.BaseHTTPRequestHandler):
    endpoint = None

    def do_POST(self):
        self.endpoint.questions += 1
        body = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        login = f"restante:{urllib.parse.quote(SECRET, safe='').lower()}"
        if self.path != "/introspect" or self.headers["Authorization"] != "Basic " + base64.b64encode(login.encode()).decode():
            return self.answer(401, {})
        self.answer(200, self.endpoint.tokens.get(body["token"][0], {"active": False}))

    def answer(self, code, value):
        text = json.dumps(value).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *arguments):
        pass
