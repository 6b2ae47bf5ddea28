# tries: to reach a TCP port by the multipath protocol
# needs: net.mptcp.enabled = 1
import socket

with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_MPTCP) as line:
    line.settimeout(5)
    line.connect(("127.0.0.1", TCP_PORT))
    answer = line.recv(64)
if CANARY.encode() not in answer:
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered by multipath")
