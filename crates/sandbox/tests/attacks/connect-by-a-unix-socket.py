# tries: to connect to a local service by its socket file
import socket

line = socket.socket(socket.AF_UNIX)
line.settimeout(5)
line.connect(UNIX_PATH)
if CANARY.encode() not in line.recv(64):
    raise RuntimeError("no answer came")
reached("the local service answered")
