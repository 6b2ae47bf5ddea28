# tries: to connect to a TCP port of this machine
import socket

with socket.create_connection(("127.0.0.1", TCP_PORT), 5) as line:
    answer = line.recv(64)
if CANARY.encode() not in answer:
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered")
