# tries: to change the time stamp of a file outside
import os

before = os.stat(OUTSIDE + "/precious.txt").st_mtime_ns
os.utime(OUTSIDE + "/precious.txt")
if os.stat(OUTSIDE + "/precious.txt").st_mtime_ns == before:
    raise RuntimeError("the time did not change")
reached("the time of a file outside was changed")
