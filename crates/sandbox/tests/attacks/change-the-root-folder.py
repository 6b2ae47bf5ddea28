# tries: to change the root folder in a user namespace of its own
# needs: user namespaces for ordinary users
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
os.mkdir("marker")
if libc.unshare(0x10000000) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.chroot(".")
if not os.path.isdir("/marker"):
    raise RuntimeError("the root folder is the same")
reached("the root folder was changed")
