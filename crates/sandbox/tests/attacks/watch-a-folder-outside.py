# tries: to be told of every change in a folder outside
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(os.O_NONBLOCK)
if fd < 0 or libc.inotify_add_watch(fd, OUTSIDE.encode(), 0x20) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
os.scandir(OUTSIDE).close()
if not os.read(fd, 4096):
    raise RuntimeError("no change was told")
reached("a folder outside was watched")
