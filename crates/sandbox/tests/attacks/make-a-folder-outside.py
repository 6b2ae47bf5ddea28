# tries: to make a folder outside
import os

os.mkdir(OUTSIDE + "/folder")
if not os.path.isdir(OUTSIDE + "/folder"):
    raise RuntimeError("there is no folder")
reached("a folder was made outside")
