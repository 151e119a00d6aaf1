"""POP3 libraries of script languages: Perl's Net::POP3 and Ruby's net-pop."""
import os
import pathlib
import shutil
import tempfile
import unittest

from harness import PASSWORD, ServerTest, body_of

PERL = r"""
use strict; use warnings;
use Net::POP3;
my ($port, $how, $login, $ca, $user, $password) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'mail.test', SSL_verifycn_scheme => 'pop3', Timeout => 30);
my $pop = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 30, $how eq 'ssl' ? (SSL => 1, @tls) : ()) or die "connect: $@";
if ($how eq 'stls') { $pop->starttls(@tls) or die "stls: " . $pop->message; }
my $count = $login eq 'user' ? $pop->login($user, $password) : $pop->auth($user, $password);
defined $count && $count ne '' or die "login: " . $pop->message;
my $uidls = $pop->uidl;
my $sizes = $pop->list;
binmode STDOUT;
for my $n (sort { $a <=> $b } keys %$sizes) {
    my $text = join '', @{$pop->get($n)};
    print length($uidls->{$n}) ? '' : die("no uidl"), length($text), "\n", $text;
}
$pop->reset; $pop->quit or die "quit";
"""

RUBY = r"""
require 'net/pop'
port, how, ca, user, password = ARGV
pop = Net::POP3.new('127.0.0.1', port.to_i)
pop.open_timeout = pop.read_timeout = 30
pop.enable_ssl(OpenSSL::SSL::VERIFY_NONE) if how == 'ssl'
pop.start(user, password)
raise 'uidl' unless pop.mails.map(&:unique_id).uniq.size == pop.n_mails
raise 'size' unless pop.mails.sum(&:size) == pop.n_bytes
$stdout.binmode
pop.mails.each { |mail| text = mail.pop; print text.bytesize, "\n", text }
pop.finish
"""


def split_texts(out):
    """Lengths and texts, one after the other."""
    texts = []
    while out:
        length, out = out.split(b"\n", 1)
        texts.append(out[:int(length)])
        out = out[int(length):]
    return texts


class ScriptTest(ServerTest):
    def setUp(self):
        home = tempfile.TemporaryDirectory(prefix="restante-client-")
        self.addCleanup(home.cleanup)
        self.folder = pathlib.Path(home.name)
        self.environment = dict(os.environ, HOME=home.name, LC_ALL="C.UTF-8", TERM="vt100")

    def assert_texts(self, got, sent):
        self.assertEqual([body_of(text).replace(b"\r\n", b"\n") for text in got], [body_of(raw).replace(b"\r\n", b"\n") for raw in sent])


@unittest.skipUnless(shutil.which("perl"), "Perl is not installed")
class PerlNetPop3(ScriptTest):
    def test_every_way_in(self):
        sent = self.fill("bob")
        script = self.folder / "collect.pl"
        script.write_text(PERL)
        for how, port in (("ssl", self.server.pop3s), ("stls", self.server.pop3)):
            for login in ("user", "sasl"):
                with self.subTest(how=how, login=login):
                    out = self.run_client(["perl", script, str(port), how, login, self.server.ca, "bob", PASSWORD], env=self.environment)
                    self.assert_texts(split_texts(out), sent)


@unittest.skipUnless(shutil.which("ruby"), "Ruby is not installed")
class RubyNetPop(ScriptTest):
    def test_implicit_tls(self):
        sent = self.fill("bob")
        script = self.folder / "collect.rb"
        script.write_text(RUBY)
        out = self.run_client(["ruby", script, str(self.server.pop3s), "ssl", self.server.ca, "bob", PASSWORD], env=self.environment)
        self.assert_texts(split_texts(out), sent)
