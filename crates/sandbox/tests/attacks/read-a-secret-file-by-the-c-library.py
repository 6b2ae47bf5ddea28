# tries: to read a file outside with the C library's own open
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.open(SECRET_FILE.encode(), os.O_RDONLY)
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
buffer = ctypes.create_string_buffer(4096)
libc.read(fd, buffer, 4095)
if CANARY.encode() not in buffer.value:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read by the C library")
