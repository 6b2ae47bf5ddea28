# tries: to make a socket by its system call number
import ctypes, os, socket

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.syscall(41, socket.AF_INET, socket.SOCK_STREAM, 0)
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if socket.socket(fileno=fd).family != socket.AF_INET:
    raise RuntimeError("it is no socket")
reached("a socket was made by a raw call")
