# tries: to make a file outside as a bare node, without opening it
import os, stat

os.mknod(OUTSIDE + "/node", stat.S_IFREG | 0o600)
if not os.path.exists(OUTSIDE + "/node"):
    raise RuntimeError("there is no node")
reached("a file node was made outside")
