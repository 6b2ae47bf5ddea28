# tries: to keep data in the kernel's store of keys
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
key = libc.syscall(248, b"user", b"onetake-attack", b"mine", 4, -2)
if key < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
buffer = ctypes.create_string_buffer(8)
if libc.syscall(250, 11, key, buffer, 8) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if buffer.value != b"mine":
    raise RuntimeError("the key is not there")
reached("a key was kept in the kernel")
