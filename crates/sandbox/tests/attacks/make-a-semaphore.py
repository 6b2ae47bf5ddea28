# tries: to make a semaphore that stays after its maker
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
which = libc.semget(0, 1, 0o1600)
if which < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if libc.semctl(which, 0, 0) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
reached("a semaphore was made")
