# tries: to make a named pipe outside
import os, stat

os.mkfifo(OUTSIDE + "/pipe")
if not stat.S_ISFIFO(os.stat(OUTSIDE + "/pipe").st_mode):
    raise RuntimeError("there is no pipe")
reached("a named pipe was made outside")
