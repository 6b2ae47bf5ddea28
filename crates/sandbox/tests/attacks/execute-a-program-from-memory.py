# tries: to run a machine program that was never in a file
import os, struct

text = b"REACHED: a program from memory ran\n"
# write(2, text, length); exit(0)
code = bytes.fromhex("b801000000 bf02000000 488d3510000000 ba") + struct.pack("<I", len(text))
code += bytes.fromhex("0f05 b83c000000 31ff 0f05") + text
size = 120 + len(code)
head = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\2\1\1", 2, 62, 1, 0x400078, 64, 0, 0, 64, 56, 1, 0, 0, 0)
head += struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 4096)
fd = os.memfd_create("program")
os.write(fd, head + code)
os.execve(fd, ["program"], {})
