# tries: to make shared memory that stays after its maker
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p
block = libc.shmget(0, 4096, 0o1600)
if block < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
address = libc.shmat(block, None, 0)
libc.shmctl(block, 0, None)
ctypes.memmove(address, b"mine", 5)
if ctypes.string_at(address) != b"mine":
    raise RuntimeError("the memory does not hold the text")
reached("shared memory was made")
