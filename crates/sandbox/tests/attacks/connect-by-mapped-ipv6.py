# tries: to connect to a TCP port of this machine by its IPv6 spelling
# needs: IPv6
import socket

with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as line:
    line.settimeout(5)
    line.connect(("::ffff:127.0.0.1", TCP_PORT))
    answer = line.recv(64)
if CANARY.encode() not in answer:
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered by IPv6")
