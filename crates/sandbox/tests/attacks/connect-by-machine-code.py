# tries: to make a socket and connect it with hand-made machine code
import ctypes, mmap, os, socket, struct

# rax=rdi rdi=rsi rsi=rdx rdx=rcx r10=r8 r8=r9; syscall; ret
CODE = bytes.fromhex("4889f8 4889f7 4889d6 4889ca 4d89c2 4d89c8 0f05 c3")
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=7)
page.write(CODE)
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
raw = ctypes.CFUNCTYPE(ctypes.c_long, *[ctypes.c_void_p] * 6)(start)


def call(*values):
    result = raw(*values, *[0] * (6 - len(values)))
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


address = ctypes.create_string_buffer(struct.pack("=H2s4s8x", 2, TCP_PORT.to_bytes(2, "big"), b"\x7f\0\0\1"), 16)
fd = call(41, socket.AF_INET, socket.SOCK_STREAM, 0)
call(42, fd, ctypes.addressof(address), 16)
if CANARY.encode() not in os.read(fd, 64):
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered machine code")
