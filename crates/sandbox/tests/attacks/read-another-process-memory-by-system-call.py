# tries: to find and read the stack of another process by a system call alone
# needs: to be allowed to trace a process that is no child
import ctypes, errno, os

libc = ctypes.CDLL(None, use_errno=True)
SIZE = 1 << 18
buffer = ctypes.create_string_buffer(SIZE)
here = (ctypes.c_size_t * 2)(ctypes.addressof(buffer), SIZE)
there = (ctypes.c_size_t * 2)(0, SIZE)
read = libc.process_vm_readv
for there[0] in range(0x7FFFFFFF0000, 0x7FFBF0000000, -0x10000):
    if read(VICTIM, here, 1, there, 1, 0) > 0:
        if CANARY.encode() in buffer.raw:
            break
    elif ctypes.get_errno() != errno.EFAULT:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
else:
    raise RuntimeError("the secret was not found")
reached("another process's memory was read by a system call")
