# tries: to make namespaces of its own and to join one again
# needs: user namespaces for ordinary users
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
if libc.unshare(0x14000000) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
fd = os.open("/proc/self/ns/uts", os.O_RDONLY)
if libc.setns(fd, 0x04000000) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
reached("a namespace was joined")
