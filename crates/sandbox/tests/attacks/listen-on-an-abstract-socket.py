# tries: to listen on a local socket which has a name but no file
import os, socket

name = f"\0onetake-attack-{os.getpid()}"
server = socket.socket(socket.AF_UNIX)
server.bind(name)
server.listen()
client = socket.socket(socket.AF_UNIX)
client.connect(name)
peer, _ = server.accept()
peer.sendall(b"alive")
if client.recv(5) != b"alive":
    raise RuntimeError("no answer came")
reached("an abstract socket was opened")
