# tries: to delete a file outside
import os

os.unlink(OUTSIDE + "/precious.txt")
if os.path.exists(OUTSIDE + "/precious.txt"):
    raise RuntimeError("the file is still there")
reached("a file outside was deleted")
