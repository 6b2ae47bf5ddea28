# tries: to make a pair of connected sockets
import socket

one, other = socket.socketpair()
one.sendall(b"alive")
if other.recv(5) != b"alive":
    raise RuntimeError("no answer came")
reached("a pair of sockets was made")
