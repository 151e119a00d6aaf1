"""SMTP clients that are run once per cell of the matrix: how each is told way, mechanism, user and password, and what to send.

Each returns what is to arrive if that is not the text as it is.
"""
import dataclasses
import smtplib
import ssl

from harness import DEADLINE, DOMAIN
from matrix import HOST, OPEN, Cell


@dataclasses.dataclass
class SmtpCell(Cell):
    """Without a login mail goes to the mail exchange, with one to submission."""

    text: bytes = b""
    sender: str = f"alice@{DOMAIN}"
    recipient: str = f"bob@{DOMAIN}"

    @property
    def is_open(self):
        return self.mechanism == OPEN

    @property
    def port(self):
        if self.is_open:
            return self.server.mx
        return self.server.smtps if self.way == "tls" else self.server.submission

    def text_file(self, text):
        path = self.folder / "text"
        path.write_bytes(text)
        return str(path)

    @property
    def mail(self):
        """A file with the text as it is."""
        return self.text_file(self.text)

    @property
    def unix_text(self):
        """With the line ends of programs that take mail as the system's own text."""
        return self.text.replace(b"\r\n", b"\n")

    def script(self, interpreter, source):
        """Run with all there is to know; the text is its input."""
        arguments = (self.port, self.way, self.word, self.ca, self.user, self.password, self.sender, self.recipient)
        self.run([interpreter, self.file("send", source), *map(str, arguments)], self.unix_text)


def curl(cell):
    scheme = "smtps" if cell.way == "tls" else "smtp"
    login = {OPEN: [], "OAUTHBEARER": ["--user", f"{cell.user}:", "--oauth2-bearer", cell.password],
             "GSSAPI": ["--user", ":"]}.get(cell.mechanism, ["--user", f"{cell.user}:{cell.password}"])
    if login:
        login += ["--login-options", f"AUTH={cell.word}"]
    cell.run(["curl", "--silent", "--show-error", "--fail", "--cacert", cell.ca, "--resolve", f"{HOST}:{cell.port}:127.0.0.1", *login,
              *(["--ssl-reqd"] if cell.way != "clear" else []), "--mail-from", cell.sender, "--mail-rcpt", cell.recipient,
              "--upload-file", cell.mail, f"{scheme}://{HOST}:{cell.port}"])


def msmtp(cell):
    rc = cell.file("msmtprc", f"""
account default
host 127.0.0.1
port {cell.port}
auth {'off' if cell.is_open else cell.word}
user {cell.user}
password "{cell.password}"
from {cell.sender}
tls {'off' if cell.way == 'clear' else 'on'}
tls_starttls {'on' if cell.way == 'starttls' else 'off'}
tls_trust_file {cell.ca}
tls_host_override {HOST}
""")
    cell.run(["msmtp", "-C", rc, cell.recipient], cell.unix_text)


def swaks(cell):
    """It takes %WORDS% in the text for its own, and has none to keep it from that but to give it the text as it goes over the wire."""
    wire = b"\r\n".join(b"." + line if line.startswith(b".") else line for line in cell.text.split(b"\r\n")) + b".\r\n"
    way = {"clear": [], "starttls": ["--tls"], "tls": ["--tls-on-connect", "--pipeline"]}[cell.way]
    login = [] if cell.is_open else ["--auth", cell.word, "--auth-user", cell.user, "--auth-password", cell.password]
    cell.run(["swaks", "--server", "127.0.0.1", "--port", str(cell.port), "--from", cell.sender, "--to", cell.recipient, "--no-data-fixup",
              "--data", f"@{cell.text_file(wire)}", *way, *login])


def smtp_source(cell):
    """Of Postfix. It knows neither TLS nor logins, and sends an empty line after the file: what it is given has one less, or comes with one."""
    text = cell.unix_text
    cell.run(["smtp-source", "-f", cell.sender, "-t", cell.recipient, "-F", cell.text_file(text[:-1] if text.endswith(b"\n\n") else text),
              f"inet:127.0.0.1:{cell.port}"])
    return cell.text if text.endswith(b"\n\n") else cell.text + b"\r\n"


def python(cell):
    context = ssl.create_default_context(cafile=cell.ca)
    context.check_hostname = False
    if cell.way == "tls":
        client = smtplib.SMTP_SSL("127.0.0.1", cell.port, context=context, timeout=DEADLINE)
    else:
        client = smtplib.SMTP("127.0.0.1", cell.port, timeout=DEADLINE)
    with client:
        if cell.way == "starttls":
            client.starttls(context=context)
        client.ehlo()
        if not cell.is_open:
            client.user, client.password = cell.user, cell.password
            client.auth(cell.mechanism, getattr(client, cell.word))
        assert client.sendmail(cell.sender, [cell.recipient], cell.text, ["BODY=8BITMIME"]) == {}


PERL = r"""
use strict; use warnings;
use Net::SMTP; use Authen::SASL qw(Perl);
my ($port, $way, $word, $ca, $user, $password, $from, $to) = @ARGV;
my @tls = (SSL_ca_file => $ca, SSL_verifycn_name => 'mail.test', SSL_verifycn_scheme => 'smtp');
my $smtp = Net::SMTP->new('127.0.0.1', Port => $port, Hello => 'client.test', Timeout => 60, $way eq 'tls' ? (SSL => 1, @tls) : ())
    or die "connect: $@";
if ($way eq 'starttls') { $smtp->starttls(@tls) or die "starttls: " . $smtp->message; }
if ($word ne 'none') {
    my $sasl = Authen::SASL->new(mechanism => $word, callback => {user => $user, authname => $user, pass => $password});
    $smtp->auth($sasl) or die "auth: " . $smtp->message;
}
binmode STDIN;
$smtp->mail($from) or die "mail: " . $smtp->message;
$smtp->to($to) or die "to: " . $smtp->message;
$smtp->data(do { local $/; <STDIN> }) or die "data: " . $smtp->message;
$smtp->quit or die "quit";
"""


def perl(cell):
    cell.script("perl", PERL)


RUBY = r"""
require 'net/smtp'
port, way, word, ca, user, password, from, to = ARGV
smtp = Net::SMTP.new('127.0.0.1', port.to_i)
smtp.open_timeout = smtp.read_timeout = 60
context = OpenSSL::SSL::SSLContext.new
context.verify_mode = OpenSSL::SSL::VERIFY_NONE
smtp.enable_tls(context) if way == 'tls'
smtp.enable_starttls(context) if way == 'starttls'
smtp.disable_starttls if way == 'clear'
login = word == 'none' ? [] : [user, password, word.to_sym]
smtp.start('client.test', *login) { |session| session.send_message(STDIN.binmode.read, from, to) }
"""


def ruby(cell):
    cell.script("ruby", RUBY)
