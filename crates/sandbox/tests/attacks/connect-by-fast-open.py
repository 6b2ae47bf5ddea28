# tries: to reach a TCP port by sending at once, without the connect call
# needs: net.ipv4.tcp_fastopen with bit 1
import socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as line:
    line.sendto(b"", socket.MSG_FASTOPEN, ("127.0.0.1", TCP_PORT))
    line.settimeout(5)
    answer = line.recv(64)
if CANARY.encode() not in answer:
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered without connect")
