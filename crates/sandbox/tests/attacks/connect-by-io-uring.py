# tries: to make a socket and connect it through the kernel's io_uring
# needs: kernel.io_uring_disabled = 0
import ctypes, mmap, os, socket, struct

libc = ctypes.CDLL(None, use_errno=True)
params = ctypes.create_string_buffer(120)
ring = libc.syscall(425, 1, params)
if ring < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
sq, cq = struct.unpack_from("10I", params, 40), struct.unpack_from("10I", params, 80)
rings = mmap.mmap(ring, 4096)
entries = mmap.mmap(ring, 4096, offset=0x10000000)


def submit(op, fd, offset, address, length, flags):
    entries[:64] = struct.pack("<BBHiQQII32x", op, 0, 0, fd, offset, address, length, flags)
    struct.pack_into("I", rings, sq[6], 0)
    struct.pack_into("I", rings, sq[1], struct.unpack_from("I", rings, sq[1])[0] + 1)
    libc.syscall(426, ring, 1, 1, 1, None, 0)
    head = struct.unpack_from("I", rings, cq[0])[0]
    mask = struct.unpack_from("I", rings, cq[2])[0]
    result = struct.unpack_from("<Qi", rings, cq[5] + 16 * (head & mask))[1]
    struct.pack_into("I", rings, cq[0], head + 1)
    if result < 0:
        raise OSError(-result, os.strerror(-result))
    return result


address = ctypes.create_string_buffer(struct.pack("=H2s4s8x", 2, TCP_PORT.to_bytes(2, "big"), b"\x7f\0\0\1"), 16)
buffer = ctypes.create_string_buffer(64)
fd = submit(45, socket.AF_INET, socket.SOCK_STREAM, 0, 0, 0)
submit(16, fd, 16, ctypes.addressof(address), 0, 0)
submit(27, fd, 0, ctypes.addressof(buffer), 63, 0)
if CANARY.encode() not in buffer.value:
    raise RuntimeError("the listener did not answer")
reached("the TCP listener answered through io_uring")
