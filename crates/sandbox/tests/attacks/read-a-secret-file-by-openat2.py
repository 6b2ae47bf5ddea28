# tries: to read a file outside with a rarer system call, openat2
import ctypes, os, struct

libc = ctypes.CDLL(None, use_errno=True)
how = struct.pack("QQQ", os.O_RDONLY, 0, 0)
fd = libc.syscall(437, -100, SECRET_FILE.encode(), how, len(how))
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if CANARY.encode() not in os.read(fd, 4096):
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read by openat2")
