# tries: to set an extended attribute on a file outside
# needs: a file system with user attributes
import os

os.setxattr(OUTSIDE + "/precious.txt", "user.x", b"mine")
if os.getxattr(OUTSIDE + "/precious.txt", "user.x") != b"mine":
    raise RuntimeError("the attribute was not set")
reached("an attribute of a file outside was set")
