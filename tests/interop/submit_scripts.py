"""SMTP libraries of script languages, Postfix's smtp-source and nmap against our SMTP services."""
import os
import pathlib
import re
import shutil
import tempfile
import unittest

from harness import DOMAIN, PASSWORD, ServerTest, body_of, retrieve_all, wait_for

ALICE, BOB = f"alice@{DOMAIN}", f"bob@{DOMAIN}"
TEXT = f"Subject: by script\nFrom: {ALICE}\nTo: {BOB}\n\n.\n..dots\nlast\n"

PERL = r"""
use strict; use warnings;
use Net::SMTP;
use Authen::SASL qw(Perl);
my $text = do { local $/; <STDIN> };
my ($port, $how, $mechanism, $ca, $user, $password, $from, $to) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'mail.test', SSL_verifycn_scheme => 'smtp', Timeout => 30);
my $smtp = Net::SMTP->new('127.0.0.1', Port => $port, Hello => 'client.test', Timeout => 30, $how eq 'ssl' ? (SSL => 1, @tls) : ())
    or die "connect: $@";
if ($how eq 'starttls') { $smtp->starttls(@tls) or die "starttls: " . $smtp->message; }
if ($mechanism ne 'none') {
    my $sasl = Authen::SASL->new(mechanism => $mechanism, callback => {user => $user, authname => $user, pass => $password});
    $smtp->auth($sasl) or die "auth: " . $smtp->message;
}
$smtp->mail($from) or die "mail: " . $smtp->message;
$smtp->to($to) or die "to: " . $smtp->message;
$smtp->data($text) or die "data: " . $smtp->message;
$smtp->quit or die "quit";
"""

RUBY = r"""
require 'net/smtp'
port, how, mechanism, ca, user, password, from, to = ARGV
smtp = Net::SMTP.new('127.0.0.1', port.to_i)
smtp.open_timeout = smtp.read_timeout = 30
context = OpenSSL::SSL::SSLContext.new
context.verify_mode = OpenSSL::SSL::VERIFY_NONE
smtp.enable_tls(context) if how == 'ssl'
smtp.enable_starttls(context) if how == 'starttls'
smtp.disable_starttls if how == 'clear' && smtp.respond_to?(:disable_starttls)
login = mechanism == 'none' ? [] : [user, password, mechanism.downcase.to_sym]
smtp.start('client.test', *login) { |session| session.send_message(STDIN.read, from, to) }
"""


class SubmitScriptTest(ServerTest):
    def setUp(self):
        self.empty("bob")
        home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(home.cleanup)
        self.folder = pathlib.Path(home.name)
        self.environment = dict(os.environ, HOME=home.name, LC_ALL="C.UTF-8")

    def ways(self):
        """Port, security, mechanism: the mail exchange in clear and under STARTTLS, submission in both forms of TLS."""
        yield self.server.mx, "clear", "none"
        yield self.server.mx, "starttls", "none"
        for mechanism in ("PLAIN", "LOGIN"):
            yield self.server.submission, "starttls", mechanism
            yield self.server.smtps, "ssl", mechanism

    def submit_by(self, interpreter, source):
        script = self.folder / "submit"
        script.write_text(source)
        sent = 0
        for port, how, mechanism in self.ways():
            with self.subTest(how=how, mechanism=mechanism):
                self.run_client([interpreter, script, str(port), how, mechanism, self.server.ca, "alice", PASSWORD, ALICE, BOB],
                                input=TEXT.encode(), env=self.environment)
                sent += 1
        client = self.server.mailbox("bob")
        found = retrieve_all(client)
        client.quit()
        self.assertEqual([body_of(raw) for raw in found], [TEXT.replace("\n", "\r\n").encode()] * sent)


@unittest.skipUnless(shutil.which("perl"), "Perl is not installed")
class PerlNetSmtp(SubmitScriptTest):
    def test_every_way_in(self):
        self.submit_by("perl", PERL)


@unittest.skipUnless(shutil.which("ruby"), "Ruby is not installed")
class RubyNetSmtp(SubmitScriptTest):
    def test_every_way_in(self):
        self.submit_by("ruby", RUBY)


@unittest.skipUnless(shutil.which("smtp-source"), "Postfix's smtp-source is not installed")
class SmtpSource(SubmitScriptTest):
    def test_parallel_sessions_and_many_messages(self):
        self.run_client(["smtp-source", "-s", "5", "-m", "60", "-l", "20000", "-f", "a@elsewhere.test", "-t", BOB,
                         f"inet:127.0.0.1:{self.server.mx}"])
        client = self.server.mailbox("bob")
        self.assertEqual(client.stat()[0], 60)
        client.quit()


@unittest.skipUnless(shutil.which("nmap"), "nmap is not installed")
class NmapSmtp(ServerTest):
    def scan(self, port, *scripts):
        return self.run_client(["nmap", "--unprivileged", "-Pn", "-n", "-sT", "-p", str(port), "--script", ",".join(f"+{s}" for s in scripts),
                                "--script-args", f"smtp-open-relay.domain={DOMAIN}", "127.0.0.1"]).decode()

    def test_no_open_relay_and_nothing_told(self):
        for port in (self.server.mx, self.server.submission):
            with self.subTest(port=port):
                found = self.scan(port, "smtp-commands", "smtp-open-relay", "smtp-ntlm-info", "smtp-enum-users")
                self.assertIn("smtp-commands:", found)
                self.assertRegex(found, r"smtp-open-relay: (Server doesn't seem to be an open relay|Server isn't an open relay|.*[Aa]uthentication)")
                self.assertNotRegex(found, r"NetBIOS|Server is an open relay")


if __name__ == "__main__":
    unittest.main()
