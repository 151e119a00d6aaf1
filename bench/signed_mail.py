#!/usr/bin/env python3
"""Mail of signed.example with a DKIM signature, and the zone that vouches for it; or a name server for that zone.

    bench/signed_mail.py make FOLDER SIZE...      FOLDER/SIZE/mail.eml for sizes such as 4k and 50k, and FOLDER/zone
    bench/signed_mail.py serve FOLDER             answers on 127.0.0.1:53 until it is ended
    bench/signed_mail.py check FOLDER ENV...      sends one to each server and shows what its Authentication-Results say

SPF passes for 127.0.0.1, the RSA-2048 signature (relaxed/relaxed) holds, DMARC asks to refuse the rest.
"""
import base64
import hashlib
import pathlib
import poplib
import re
import smtplib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests/scenarios"))
from name_server import NameServer  # noqa: E402

DOMAIN = "signed.example"  # not .test: the resolver inside OpenDKIM knows that there is no such
FIELDS = (("From", f"Load <sender@{DOMAIN}>"), ("To", "undisclosed-recipients:;"), ("Subject", "signed load"),
          ("Date", "Sat, 28 Nov 2026 12:00:00 +0000"))
LINE = b"Fourscore characters of plain text, as many as a line of a letter has, more or less.\r\n"


def signed(key, octets):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding
    body = LINE * (octets // len(LINE))
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    names = ":".join(name.lower() for name, _ in FIELDS)
    value = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={DOMAIN}; s=s1; h={names}; bh={digest}; b="
    relaxed = "".join(f"{name.lower()}:{re.sub(r'[ ]+', ' ', text)}\r\n" for name, text in FIELDS)
    signature = key.sign((relaxed + "dkim-signature:" + value).encode(), padding.PKCS1v15(), hashes.SHA256())
    header = f"DKIM-Signature: {value}{base64.b64encode(signature).decode()}\r\n"
    return header.encode() + "".join(f"{name}: {text}\r\n" for name, text in FIELDS).encode() + b"\r\n" + body


def make(folder, sizes):
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    for size in sizes:
        where = folder / size
        where.mkdir(parents=True, exist_ok=True)
        (where / "mail.eml").write_bytes(signed(key, int(size[:-1]) * {"k": 1024, "m": 1 << 20}[size[-1]]))
    (folder / "zone").write_text(f"""{DOMAIN} TXT v=spf1 ip4:127.0.0.1 -all
{DOMAIN} MX 10 mx.{DOMAIN}
mx.{DOMAIN} A 127.0.0.1
s1._domainkey.{DOMAIN} TXT v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}
_dmarc.{DOMAIN} TXT v=DMARC1; p=reject
1.0.0.127.in-addr.arpa PTR localhost
""")


def check(folder, env):
    values = dict(line.strip().split("=", 1) for line in env.read_text().splitlines())
    text = next(folder.glob("*/mail.eml")).read_bytes()
    with smtplib.SMTP("127.0.0.1", int(values["SMTP"]), timeout=60) as smtp:
        smtp.sendmail(f"sender@{DOMAIN}", ["user99@load.test"], text)
    for _ in range(100):
        pop = poplib.POP3("127.0.0.1", int(values["POP"]), timeout=60)
        pop.user("user99")
        pop.pass_(values["PASSWORD"])
        if pop.stat()[0]:
            header = b"\n".join(pop.top(1, 0)[1]).decode().replace("\n\t", " ").replace("\n ", " ")
            pop.dele(1)
            pop.quit()
            found = re.findall(r"^Authentication-Results:.*", header, re.MULTILINE)
            verdicts = {name: name in "; ".join(found) for name in ("spf=pass", "dkim=pass", "dmarc=pass")}
            if "-v" in sys.argv: print(header, file=sys.stderr)
            return print(values["NAME"], *(name if holds else f"no {name}" for name, holds in verdicts.items()), file=sys.stderr)
        pop.quit()
        time.sleep(0.1)
    print(values["NAME"], "did not deliver", file=sys.stderr)


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("make", "serve", "check"):
        sys.exit(__doc__)
    folder = pathlib.Path(sys.argv[2])
    if sys.argv[1] == "make":
        return make(folder, sys.argv[3:])
    if sys.argv[1] == "check":
        return [check(folder, pathlib.Path(env)) for env in sys.argv[3:] if env != "-v"]
    with NameServer((folder / "zone").read_text(), port=53):
        threading.Event().wait()


if __name__ == "__main__":
    main()
