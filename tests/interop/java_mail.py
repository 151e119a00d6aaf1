"""Jakarta Mail, driven by a BeanShell script: nothing is compiled, so a Java runtime is enough. One process for all cells."""
import pathlib
import subprocess

JARS = [pathlib.Path("/usr/share/java") / name for name in ("bsh.jar", "jakarta-mail.jar", "jakarta-activation.jar")]

# Reads a line per cell: way, mechanism, port, user, password, more. Answers, then says "<done>" or "<failed>" with the reason.
SCRIPT = r"""
import java.io.*;
import java.util.*;
import jakarta.mail.*;
import jakarta.mail.internet.*;
reader = new BufferedReader(new InputStreamReader(System.in));
while ((line = reader.readLine()) != null) {
    words = line.split(" ");
    way = words[0];
    protocol = way.equals("tls") ? "PROTOCOLs" : "PROTOCOL";
    base = "mail." + protocol + ".";
    settings = new Properties();
    settings.put(base + "ssl.trust", "127.0.0.1");
    settings.put(base + "ssl.checkserveridentity", "false");
    upgrade = "" + (!way.equals("tls") && !way.equals("clear"));
    settings.put(base + "starttls.enable", upgrade);
    settings.put(base + "starttls.required", upgrade);
    try {
        ACTION
        System.out.println("\n<done>");
    } catch (MessagingException e) {
        System.out.println("\n<failed> " + e);
    }
    System.out.flush();
}
"""

COLLECT = r"""
        settings.put(base + "apop.enable", "" + words[1].equals("APOP"));
        if (!words[1].equals("APOP")) settings.put(base + "auth.mechanisms", words[1]);
        store = Session.getInstance(settings).getStore(protocol);
        store.connect("127.0.0.1", Integer.parseInt(words[2]), words[3], words[4]);
        folder = store.getFolder("INBOX");
        folder.open(Folder.READ_ONLY);
        for (message : folder.getMessages()) message.writeTo(System.out);
        folder.close(false);
        store.close();
"""

# More: sender, recipient, the message's file.
SEND = r"""
        login = !words[1].equals("none");
        settings.put(base + "auth", "" + login);
        settings.put(base + "from", words[5]);
        if (login) settings.put(base + "auth.mechanisms", words[1]);
        session = Session.getInstance(settings);
        file = new FileInputStream(words[7]);
        message = new MimeMessage(session, file);
        file.close();
        to = new Address[] {new InternetAddress(words[6])};
        transport = session.getTransport(protocol);
        transport.connect("127.0.0.1", Integer.parseInt(words[2]), login ? words[3] : null, login ? words[4] : null);
        transport.sendMessage(message, to);
        transport.close();
"""


class JavaMail:
    def __init__(self, protocol, action):
        self.script = SCRIPT.replace("PROTOCOL", protocol).replace("ACTION", action)

    def installed(self):
        return all(path.exists() for path in JARS)

    def start(self, folder, environment):
        script = folder / "script.bsh"
        script.write_text(self.script)
        self.errors = open(folder / "java.errors", "w+b")
        self.process = subprocess.Popen(["java", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, JARS)), "bsh.Interpreter", script],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
                                        env=environment)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def ask(self, cell, *more):
        words = (cell.way, cell.word, cell.port, cell.user, cell.password, *more)
        self.process.stdin.write((" ".join(map(str, words)) + "\n").encode())
        text = b""
        while True:
            line = self.process.stdout.readline()
            if line == b"<done>\n":
                return text
            if not line or line.startswith(b"<failed>"):
                self.errors.seek(0)
                raise AssertionError(f"Jakarta Mail: {line.decode()}{self.errors.read().decode()}")
            text += line


class Collector(JavaMail):
    def __init__(self):
        super().__init__("pop3", COLLECT)

    def act(self, cell):
        return self.ask(cell)


class Sender(JavaMail):
    def __init__(self):
        super().__init__("smtp", SEND)

    def act(self, cell):
        self.ask(cell, cell.sender, cell.recipient, cell.mail)
