# tries: to ask the kernel for the list of network cards
import socket, struct

line = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
line.settimeout(5)
line.send(struct.pack("=IHHII16x", 32, 18, 0x301, 1, 0))
if struct.unpack_from("=IH", line.recv(65536))[1] != 16:
    raise RuntimeError("no list came")
reached("the kernel listed the network cards")
