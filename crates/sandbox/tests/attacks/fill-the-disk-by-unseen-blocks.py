# tries: to take 80 MB of the disk for a file that says it is empty
import ctypes
import os

FALLOC_FL_KEEP_SIZE = 1
fd = os.open("empty", os.O_RDWR | os.O_CREAT, 0o600)
ctypes.CDLL(None, use_errno=True).fallocate(fd, FALLOC_FL_KEEP_SIZE, ctypes.c_long(0), ctypes.c_long(80 << 20))
state = os.fstat(fd)
if state.st_size != 0 or state.st_blocks * 512 < 80 << 20:
    raise RuntimeError(f"only {state.st_blocks} blocks were taken")
reached("80 MB were taken")
