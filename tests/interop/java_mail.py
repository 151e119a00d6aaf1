"""Jakarta Mail, driven by a BeanShell script: nothing is compiled, so a Java runtime is enough. One process for all cells."""
import pathlib
import subprocess

JARS = [pathlib.Path("/usr/share/java") / name for name in ("bsh.jar", "jakarta-mail.jar", "jakarta-activation.jar")]

# Reads a line per cell: way, mechanism, port, user, password. Prints the messages, then a line "<done>" or "<failed>" with the reason.
SCRIPT = r"""
import java.io.*;
import java.util.*;
import jakarta.mail.*;
reader = new BufferedReader(new InputStreamReader(System.in));
while ((line = reader.readLine()) != null) {
    words = line.split(" ");
    protocol = words[0].equals("tls") ? "pop3s" : "pop3";
    base = "mail." + protocol + ".";
    settings = new Properties();
    settings.put(base + "ssl.trust", "127.0.0.1");
    settings.put(base + "ssl.checkserveridentity", "false");
    settings.put(base + "starttls.enable", "" + words[0].equals("stls"));
    settings.put(base + "starttls.required", "" + words[0].equals("stls"));
    settings.put(base + "apop.enable", "" + words[1].equals("APOP"));
    if (!words[1].equals("APOP")) settings.put(base + "auth.mechanisms", words[1]);
    try {
        store = Session.getInstance(settings).getStore(protocol);
        store.connect("127.0.0.1", Integer.parseInt(words[2]), words[3], words[4]);
        folder = store.getFolder("INBOX");
        folder.open(Folder.READ_ONLY);
        for (message : folder.getMessages()) message.writeTo(System.out);
        folder.close(false);
        store.close();
        System.out.println("\n<done>");
    } catch (MessagingException e) {
        System.out.println("\n<failed> " + e);
    }
    System.out.flush();
}
"""


class JavaMail:
    def installed(self):
        return all(path.exists() for path in JARS)

    def start(self, folder, environment):
        script = folder / "collect.bsh"
        script.write_text(SCRIPT)
        self.errors = open(folder / "java.errors", "w+b")
        self.process = subprocess.Popen(["java", "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, JARS)), "bsh.Interpreter", script],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0,
                                        env=environment)

    def stop(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()
        self.errors.close()

    def collect(self, cell):
        self.process.stdin.write(f"{cell.way} {cell.word} {cell.port} {cell.user} {cell.password}\n".encode())
        text = b""
        while True:
            line = self.process.stdout.readline()
            if line == b"<done>\n":
                return text
            if not line or line.startswith(b"<failed>"):
                self.errors.seek(0)
                raise AssertionError(f"Jakarta Mail: {line.decode()}{self.errors.read().decode()}")
            text += line
