# tries: to get any answer at all from a 32-bit system call
# needs: a kernel with 32-bit emulation
import ctypes, mmap, os

# eax=20 (getpid); int 0x80; ret
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(bytes.fromhex("b814000000 cd80 c3"))
answer = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
if answer < 0:
    raise OSError(-answer, os.strerror(-answer))
if answer != os.getpid():
    raise RuntimeError(f"the answer was {answer}")
reached("32-bit calls are answered")
