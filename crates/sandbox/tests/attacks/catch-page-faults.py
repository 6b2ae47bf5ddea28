# tries: to catch page faults itself, a favourite help for kernel exploits
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(323, 1)
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.close(fd)
reached("page faults can be caught")
