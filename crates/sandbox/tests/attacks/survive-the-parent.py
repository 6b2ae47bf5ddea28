# tries: to take back the wish to die with the parent
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
left = ctypes.c_int(-1)
if libc.prctl(1, 0, 0, 0, 0) < 0 or libc.prctl(2, ctypes.byref(left), 0, 0, 0) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if left.value != 0:
    raise RuntimeError("the wish is still there")
reached("the process would survive its parent")
