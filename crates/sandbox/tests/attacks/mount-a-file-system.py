# tries: to mount a file system in namespaces of its own
# needs: user namespaces for ordinary users
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
os.mkdir("mounted")
if libc.unshare(0x10020000) < 0 or libc.mount(b"none", b"mounted", b"tmpfs", 0, None) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if not os.path.ismount("mounted"):
    raise RuntimeError("nothing is mounted")
reached("a file system was mounted")
