# tries: to use 2.5 GB of memory
import mmap

PIECE = 64 << 20
pieces = []
for _ in range(40):
    piece = mmap.mmap(-1, PIECE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    piece[::4096] = b"x" * (PIECE // 4096)
    pieces.append(piece)
reached("2.5 GB of memory were used")
