# tries: to rename a file outside
import os

os.rename(OUTSIDE + "/precious.txt", OUTSIDE + "/gone.txt")
if not os.path.exists(OUTSIDE + "/gone.txt"):
    raise RuntimeError("the file was not renamed")
reached("a file outside was renamed")
