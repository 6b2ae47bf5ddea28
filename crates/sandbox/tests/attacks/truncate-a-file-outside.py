# tries: to empty an existing file outside without opening it
import os

os.truncate(OUTSIDE + "/precious.txt", 0)
if os.stat(OUTSIDE + "/precious.txt").st_size != 0:
    raise RuntimeError("the file is not empty")
reached("a file outside was emptied")
