# tries: to hide 300 MB in open files whose names went to other files
import os, time

parts = []
for number in range(6):
    part = open("part", "w+b", buffering=0)
    for _ in range(50):
        part.write(bytes(1 << 20))
    parts.append(part)
    open("empty", "w").close()
    os.rename("empty", "part")
time.sleep(1)
if sum(os.fstat(part.fileno()).st_size for part in parts) != 300 << 20:
    raise RuntimeError("less was written")
reached("300 MB stayed on the disk in replaced files")
