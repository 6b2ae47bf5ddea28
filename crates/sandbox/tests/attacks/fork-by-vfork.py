# tries: to make a child process by vfork, in machine code
import ctypes, mmap, os

# eax=58; syscall; parent: ret; child: exit(42)
CODE = bytes.fromhex("b83a000000 0f05 85c0 7401 c3 bf2a000000 b83c000000 0f05")
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(CODE)
child = ctypes.CFUNCTYPE(ctypes.c_int)(ctypes.addressof(ctypes.c_char.from_buffer(page)))()
if child < 0:
    raise OSError(-child, os.strerror(-child))
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 42:
    raise RuntimeError("the child did not answer")
reached("a child process ran")
