# tries: to write 300 MB as six files, each below the limit of one file
import os, time

for number in range(6):
    with open(f"part{number}", "wb", buffering=0) as file:
        for _ in range(50):
            file.write(bytes(1 << 20))
time.sleep(1)
size = sum(os.stat(f"part{number}").st_size for number in range(6))
if size != 300 << 20:
    raise RuntimeError(f"only {size} bytes were written")
reached("300 MB stayed on the disk for a second")
