# tries: to make a symbolic link in a folder outside
import os

os.symlink("/etc/passwd", OUTSIDE + "/trap")
if not os.path.islink(OUTSIDE + "/trap"):
    raise RuntimeError("there is no link")
reached("a symbolic link was made outside")
