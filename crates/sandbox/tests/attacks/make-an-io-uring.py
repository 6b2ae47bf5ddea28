# tries: to make an io_uring, which does system calls that no filter sees
# needs: kernel.io_uring_disabled = 0
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
ring = libc.syscall(425, 4, ctypes.create_string_buffer(120))
if ring < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.close(ring)
reached("an io_uring was made")
