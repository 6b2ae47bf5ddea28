# tries: to change the access rights of a file outside
import os

os.chmod(OUTSIDE + "/precious.txt", 0o600)
if os.stat(OUTSIDE + "/precious.txt").st_mode & 0o777 != 0o600:
    raise RuntimeError("the rights did not change")
reached("the rights of a file outside were changed")
