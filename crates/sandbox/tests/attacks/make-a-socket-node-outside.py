# tries: to make a socket file outside as a bare node
import os, stat

os.mknod(OUTSIDE + "/socket", stat.S_IFSOCK | 0o600)
if not stat.S_ISSOCK(os.stat(OUTSIDE + "/socket").st_mode):
    raise RuntimeError("there is no socket file")
reached("a socket node was made outside")
