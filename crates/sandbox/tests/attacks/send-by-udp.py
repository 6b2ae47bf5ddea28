# tries: to send a datagram to a UDP port of this machine
import socket

line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(5)
line.sendto(b"hello", ("127.0.0.1", UDP_PORT))
if CANARY.encode() not in line.recv(64):
    raise RuntimeError("no answer came")
reached("the UDP listener answered")
