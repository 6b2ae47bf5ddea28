# tries: to read a file outside with hand-made machine code, past every library
import ctypes, mmap, os

# rax=rdi rdi=rsi rsi=rdx rdx=rcx r10=r8 r8=r9; syscall; ret
CODE = bytes.fromhex("4889f8 4889f7 4889d6 4889ca 4d89c2 4d89c8 0f05 c3")
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(CODE)
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
call = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_void_p] * 6)(start)

path = ctypes.create_string_buffer(SECRET_FILE.encode())
buffer = ctypes.create_string_buffer(4096)
fd = call(2, ctypes.addressof(path), 0, 0, 0, 0)
if fd < 0:
    raise OSError(-fd, os.strerror(-fd))
call(0, fd, ctypes.addressof(buffer), 4095, 0, 0)
if CANARY.encode() not in buffer.value:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read by machine code")
