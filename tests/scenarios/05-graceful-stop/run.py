"""SIGTERM: idle sessions are told and end at once, the process exits with 0, and a new server starts on the data."""
import http.client
import smtplib
import socket
import time

from restante import Server

server = Server()
server.owns_folder = False
with server:
    idle_pop = socket.create_connection(("127.0.0.1", server.port("pop3")), timeout=20)
    assert idle_pop.recv(512).startswith(b"+OK")
    idle_smtp = smtplib.SMTP("127.0.0.1", server.port("smtp.mx"), timeout=20)
    idle_smtp.ehlo()
    idle_http = http.client.HTTPConnection("127.0.0.1", server.port("admin"), timeout=20)
    idle_http.request("GET", "/livez")
    assert idle_http.getresponse().read()
    begun = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - begun < 4, "idle sessions held the stop up"
    assert idle_smtp.file.readline().startswith(b"421"), "SMTP did not say 421"
    idle_pop.recv(512)  # a word or the end, but no reset before it

server.owns_folder = True
with server:
    idle_http = http.client.HTTPConnection("127.0.0.1", server.port("admin"), timeout=20)
    idle_http.request("GET", "/readyz")
    assert idle_http.getresponse().status == 200
