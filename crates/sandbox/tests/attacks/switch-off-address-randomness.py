# tries: to switch off the random places of memory for programs to come
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
if libc.personality(0x0040000) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if libc.personality(0xFFFFFFFF) != 0x0040000:
    raise RuntimeError("the flag is not set")
reached("address randomness was switched off")
