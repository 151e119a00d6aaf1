"""SASL mechanisms that lean on another server: an OAuth introspection endpoint, a Kerberos realm."""
import base64
import json
import os
import poplib
import unittest

import kdc
import oauth_server
from harness import DEADLINE
from sasl_clients import HOST, SaslTest


class OAuth(SaslTest):
    @classmethod
    def setUpClass(cls):
        cls.endpoint = oauth_server.Endpoint({
            "bobs-token": {"active": True, "username": "bob", "scope": "mail other"},
            "alices-token": {"active": True, "username": "alice", "scope": "mail"},
            "strangers-token": {"active": True, "username": "stranger", "scope": "mail"},
            "other-scope": {"active": True, "username": "bob", "scope": "calendar"}})
        cls.addClassCleanup(cls.endpoint.stop)
        cls.changes = {"[directory]\n": cls.endpoint.settings() + "[directory]\n"}
        super().setUpClass()

    def test_mpop(self):
        for auth in ("oauthbearer", "xoauth2"):
            self.mpop(auth, password="bobs-token")
            for token in ("not-a-token", "alices-token", "strangers-token", "other-scope"):
                self.mpop(auth, password=token, good=False)

    def test_curl(self):
        """Where both are offered it takes OAUTHBEARER, whatever it was asked for."""
        self.assertIn(b"hello", self.curl("OAUTHBEARER", "--oauth2-bearer", "bobs-token", user="bob:"))

    def test_good_answers_are_remembered(self):
        self.mpop("oauthbearer", password="bobs-token")
        before = self.endpoint.questions
        self.mpop("oauthbearer", password="bobs-token")
        self.assertEqual(self.endpoint.questions, before)
        self.mpop("oauthbearer", password="not-a-token", good=False)
        self.mpop("oauthbearer", password="not-a-token", good=False)
        self.assertEqual(self.endpoint.questions, before + 2)

    def test_the_refusal_is_explained(self):
        client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, timeout=DEADLINE, context=self.server.tls())
        message = base64.b64encode(b"n,a=bob,\x01auth=Bearer not-a-token\x01\x01").decode()
        why = json.loads(base64.b64decode(client._shortcmd(f"AUTH OAUTHBEARER {message}")[2:]))
        self.assertEqual(why["status"], "invalid_token")
        with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
            client._shortcmd("AQ==")
        client.close()


@unittest.skipUnless(kdc.installed(), "MIT Kerberos is not installed")
class Gssapi(SaslTest):
    @classmethod
    def setUpClass(cls):
        hosts = (HOST, "127.0.0.1")
        cls.realm = kdc.Kdc(["bob", "stranger", "bob/admin"],
                            [f"{service}/{host}" for service in ("pop", "smtp", "imap") for host in hosts])
        cls.addClassCleanup(cls.realm.stop)
        before = dict(os.environ)
        os.environ.update({name: cls.realm.environment[name] for name in ("KRB5_CONFIG", "KRB5RCACHEDIR")})
        cls.addClassCleanup(lambda: (os.environ.clear(), os.environ.update(before)))
        cls.changes = {"[directory]\n": f'[login]\ngssapi_keytab = "{cls.realm.keytab}"\n[directory]\n'}
        super().setUpClass()

    def environment_of(self, person):
        return dict(self.realm.ticket_of(person), HOME=self.home.name, LC_ALL="C.UTF-8")

    def test_curl(self):
        """Without a name of its own, which curl would want with a domain."""
        self.assertIn(b"hello", self.curl("GSSAPI", user=":", environment=self.environment_of("bob")))

    def test_mpop(self):
        self.mpop("gssapi", environment=self.environment_of("bob"))

    def test_others_stay_out(self):
        for person in ("stranger", "bob/admin"):
            with self.assertRaises(AssertionError):
                self.curl("GSSAPI", user=":", environment=self.environment_of(person))

    def test_a_ticket_for_another_service(self):
        with self.assertRaises(AssertionError):
            self.curl("GSSAPI", "--service-name", "imap", user=":", environment=self.environment_of("bob"))

    def test_garbage(self):
        client = poplib.POP3_SSL("127.0.0.1", self.server.pop3s, timeout=DEADLINE, context=self.server.tls())
        for token in ("AAAA", "=", base64.b64encode(b"\x60" + bytes(100)).decode()):
            with self.assertRaisesRegex(poplib.error_proto, r"\[AUTH\]"):
                client._shortcmd(f"AUTH GSSAPI {token}")
        client.close()


if __name__ == "__main__":
    unittest.main()
