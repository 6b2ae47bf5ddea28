# tries: to make a socket by a 32-bit system call
# needs: a kernel with 32-bit emulation
import ctypes, mmap, os, socket, struct

# push rbx; eax=edi ebx=esi r8d=ecx ecx=edx edx=r8d; int 0x80; pop rbx; ret
CODE = bytes.fromhex("53 89f8 89f3 4189c8 89d1 4489c2 cd80 5b c3")
MAP_32BIT = 0x40
page = mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT, prot=7)
page[: len(CODE)] = CODE
page[1024:1036] = struct.pack("III", socket.AF_INET, socket.SOCK_STREAM, 0)
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
call = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_uint] * 4)(start)
fd = call(102, 1, start + 1024, 0)
if fd < 0:
    raise OSError(-fd, os.strerror(-fd))
if socket.socket(fileno=fd).family != socket.AF_INET:
    raise RuntimeError("it is no socket")
reached("a socket was made by a 32-bit call")
