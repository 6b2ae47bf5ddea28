# tries: to open a TCP port and take a connection on it
import socket

server = socket.create_server(("127.0.0.1", 0))
client = socket.create_connection(server.getsockname(), 5)
peer, _ = server.accept()
peer.sendall(b"alive")
if client.recv(5) != b"alive":
    raise RuntimeError("no answer came")
reached("a TCP port was opened")
