# tries: to swap a file of the job folder with one outside
import ctypes, os

with open("mine.txt", "w") as file:
    file.write("mine")
libc = ctypes.CDLL(None, use_errno=True)
if libc.syscall(316, -100, b"mine.txt", -100, (OUTSIDE + "/precious.txt").encode(), 2) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if open(OUTSIDE + "/precious.txt").read() != "mine":
    raise RuntimeError("the files were not swapped")
reached("a file outside was swapped")
