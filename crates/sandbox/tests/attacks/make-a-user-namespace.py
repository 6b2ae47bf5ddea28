# tries: to become root in a user namespace of its own
# needs: user namespaces for ordinary users
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
before = os.readlink("/proc/self/ns/user")
if libc.unshare(0x10000000) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if os.readlink("/proc/self/ns/user") == before:
    raise RuntimeError("the namespace is the same")
reached("a user namespace was made")
