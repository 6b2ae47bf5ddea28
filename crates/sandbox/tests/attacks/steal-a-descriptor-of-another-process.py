# tries: to copy an open file out of another process
# needs: to be allowed to trace a process that is no child
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(438, os.pidfd_open(VICTIM), 0, 0)
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.fstat(fd)
reached("a descriptor of another process was copied")
