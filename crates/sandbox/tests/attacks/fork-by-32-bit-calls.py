# tries: to make a child process by a 32-bit system call
# needs: a kernel with 32-bit emulation
import ctypes, mmap, os

# eax=2; int 0x80; parent: ret; child: eax=1 ebx=42; int 0x80
CODE = bytes.fromhex("b802000000 cd80 85c0 7401 c3 bb2a000000 b801000000 cd80")
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(CODE)
child = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
if child < 0:
    raise OSError(-child, os.strerror(-child))
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 42:
    raise RuntimeError("the child did not answer")
reached("a child process ran")
