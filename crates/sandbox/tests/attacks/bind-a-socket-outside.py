# tries: to make a socket file outside by listening on it
import os, socket, stat

server = socket.socket(socket.AF_UNIX)
server.bind(OUTSIDE + "/listener")
if not stat.S_ISSOCK(os.stat(OUTSIDE + "/listener").st_mode):
    raise RuntimeError("there is no socket file")
reached("a socket file was made outside")
