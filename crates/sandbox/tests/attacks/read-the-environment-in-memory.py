# tries: to find a secret in the memory that still holds the first environment
import ctypes

libc = ctypes.CDLL(None)
entries = ctypes.POINTER(ctypes.c_char_p).in_dll(libc, "environ")
number = 0
while entries and entries[number] is not None:
    if CANARY.encode() in entries[number]:
        break
    number += 1
else:
    raise RuntimeError("the secret was not in it")
reached("the secret was in the memory of the environment")
