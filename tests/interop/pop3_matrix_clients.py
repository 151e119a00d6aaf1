"""POP3 clients that are run once per cell of the matrix: how each is told way, mechanism, user and password."""
import mailbox
import os
import pathlib
import poplib
import ssl

import terminal
from harness import DEADLINE
from matrix import HOST, Cell

NOBODY = 65534


class Pop3Cell(Cell):
    @property
    def port(self):
        return self.server.pop3s if self.way == "tls" else self.server.pop3

    def stored(self):
        """What the client put into the folder's maildir."""
        return b"".join(message.as_bytes() for message in mailbox.Maildir(self.folder / "Maildir"))

    def maildir(self):
        for part in ("cur", "new", "tmp"):
            (self.folder / "Maildir" / part).mkdir(parents=True)
        return self.folder / "Maildir"


def curl(cell):
    scheme = "pop3s" if cell.way == "tls" else "pop3"
    login = {"OAUTHBEARER": ["--user", f"{cell.user}:", "--oauth2-bearer", cell.password],
             "XOAUTH2": ["--user", f"{cell.user}:", "--oauth2-bearer", cell.password],
             "GSSAPI": ["--user", ":"]}.get(cell.mechanism, ["--user", f"{cell.user}:{cell.password}"])
    return cell.run(["curl", "--silent", "--show-error", "--fail", "--cacert", cell.ca, "--resolve", f"{HOST}:{cell.port}:127.0.0.1",
                     *login, "--login-options", f"AUTH={cell.word}", *(["--ssl-reqd"] if cell.way != "clear" else []),
                     f"{scheme}://{HOST}:{cell.port}/1"])


def mpop(cell):
    rc = cell.file("mpoprc", f"""
account default
host 127.0.0.1
port {cell.port}
auth {cell.word}
user {cell.user}
password "{cell.password}"
tls {'off' if cell.way == 'clear' else 'on'}
tls_starttls {'on' if cell.way == 'stls' else 'off'}
tls_trust_file {cell.ca}
tls_host_override {HOST}
delivery maildir {cell.maildir()}
uidls_file {cell.folder}/uidls
""")
    cell.run(["mpop", "-C", rc, "--keep=on", "--quiet"])
    return cell.stored()


def fetchmail(cell):
    tls = {"clear": "sslproto ''", "stls": "sslproto 'tls1.2+'", "tls": "ssl sslproto 'tls1.2+'"}[cell.way]
    if cell.way != "clear":
        tls += f' sslcertck sslcommonname "{HOST}" sslcertfile "{cell.ca}"'
    protocol = "proto APOP" if cell.mechanism == "APOP" else f"proto POP3 auth {cell.word}"
    rc = cell.file("fetchmailrc", f"""
set pidfile "{cell.folder}/pid"
set no bouncemail
set invisible
poll 127.0.0.1 {protocol} service {cell.port} no dns
  user "{cell.user}" pass "{cell.password}" {tls} no rewrite fetchall keep mda "/bin/cat"
""")
    return cell.run(["fetchmail", "-f", rc, "--silent"])


def getmail(cell):
    ca = cell.file("ca.pem", pathlib.Path(cell.ca).read_text())
    rc = cell.file("getmailrc", f"""
[retriever]
type = {'SimplePOP3SSLRetriever' if cell.way == 'tls' else 'SimplePOP3Retriever'}
server = localhost
port = {cell.port}
username = {cell.user}
password = {cell.password}
use_apop = {cell.mechanism == 'APOP'}
{f'ca_certs = {ca}' if cell.way == 'tls' else ''}
[destination]
type = Maildir
path = {cell.maildir()}/
[options]
delete = false
delivered_to = false
received = false
verbose = 0
""")
    other = {}
    if os.geteuid() == 0:  # getmail refuses to deliver as root
        other["user"] = other["group"] = NOBODY
        for path in (cell.folder, *cell.folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
    cell.run(["getmail", "--getmaildir", str(cell.folder), "--rcfile", rc], **other)
    return cell.stored()


def mutt(cell):
    """At a terminal of its own: it copies what is in the maildrop, and leaves."""
    scheme = "pops" if cell.way == "tls" else "pop"
    token = cell.file("token", f"#!/bin/sh\necho '{cell.password}'\n", 0o700)
    rc = cell.file("muttrc", f"""
set pop_user={cell.user} pop_pass="{cell.password}" pop_authenticators="{cell.word}" pop_oauth_refresh_command="{token}"
set ssl_starttls={'yes' if cell.way == 'stls' else 'no'} ssl_force_tls={'no' if cell.way == 'clear' else 'yes'}
set ssl_ca_certificates_file="{cell.ca}" ssl_verify_host=no
set folder="{cell.folder}" mbox_type=maildir quit=yes confirmappend=no confirmcreate=no delete=no wait_key=no beep=no header_cache=""
push "<tag-pattern>~A<enter><tag-prefix><copy-message>{cell.maildir()}<enter><exit>"
""")
    terminal.run(["mutt", "-n", "-F", rc, "-f", f"{scheme}://127.0.0.1:{cell.port}"], dict(cell.environment, TERM="vt100"))
    return cell.stored()


def python(cell):
    context = ssl.create_default_context(cafile=cell.ca)
    context.check_hostname = False
    if cell.way == "tls":
        client = poplib.POP3_SSL("127.0.0.1", cell.port, context=context, timeout=DEADLINE)
    else:
        client = poplib.POP3("127.0.0.1", cell.port, timeout=DEADLINE)
    if cell.way == "stls":
        client.stls(context)
    if cell.mechanism == "APOP":
        client.apop(cell.user, cell.password)
    else:
        client.user(cell.user)
        client.pass_(cell.password)
    text = b"\r\n".join(client.retr(1)[1])
    client.quit()
    return text


PERL = r"""
use strict; use warnings;
use Net::POP3; use Authen::SASL;
my ($port, $way, $word, $ca, $user, $password) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'mail.test', SSL_verifycn_scheme => 'pop3');
my $pop = Net::POP3->new('127.0.0.1', Port => $port, Timeout => 60, $way eq 'tls' ? (SSL => 1, @tls) : ()) or die "connect: $@";
if ($way eq 'stls') { $pop->starttls(@tls) or die "stls: " . $pop->message; }
my $sasl = Authen::SASL->new(mechanism => $word, callback => {user => $user, authname => $user, pass => $password});
my $count = $word eq 'user' ? $pop->login($user, $password) : $word eq 'apop' ? $pop->apop($user, $password) : $pop->auth($sasl);
defined $count && $count ne '' or die "login: " . $pop->message;
print @{$pop->get(1)};
$pop->quit or die "quit";
"""


def perl(cell):
    return cell.run(["perl", cell.file("collect.pl", PERL), str(cell.port), cell.way, cell.word, cell.ca, cell.user, cell.password])


RUBY = r"""
require 'net/pop'
port, way, word, ca, user, password = ARGV
pop = Net::POP3.new('127.0.0.1', port.to_i, word == 'apop')
pop.open_timeout = pop.read_timeout = 60
pop.enable_ssl(OpenSSL::SSL::VERIFY_NONE) if way == 'tls'
pop.start(user, password)
print pop.mails.first.pop
pop.finish
"""


def ruby(cell):
    return cell.run(["ruby", cell.file("collect.rb", RUBY), str(cell.port), cell.way, cell.word, cell.ca, cell.user, cell.password])
