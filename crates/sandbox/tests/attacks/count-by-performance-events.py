# tries: to open a performance counter, a wide door into the kernel
# needs: kernel.perf_event_paranoid <= 2
import ctypes, os, struct

libc = ctypes.CDLL(None, use_errno=True)
wish = ctypes.create_string_buffer(struct.pack("<IIQQQQQ16x", 1, 64, 1, 0, 0, 0, 0x60), 64)
fd = libc.syscall(298, wish, 0, -1, -1, 0)
if fd < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if len(os.read(fd, 8)) != 8:
    raise RuntimeError("the counter did not answer")
reached("a performance counter was opened")
