# tries: to hide 300 MB in files that are deleted but still open
import os, time

parts = []
for number in range(6):
    part = open(f"part{number}", "w+b", buffering=0)
    os.unlink(f"part{number}")
    for _ in range(50):
        part.write(bytes(1 << 20))
    parts.append(part)
time.sleep(1)
if sum(os.fstat(part.fileno()).st_size for part in parts) != 300 << 20:
    raise RuntimeError("less was written")
reached("300 MB stayed on the disk in deleted files")
