# tries: to write a file of 80 MB
import os

with open("large", "wb", buffering=0) as file:
    for _ in range(80):
        file.write(bytes(1 << 20))
size = os.stat("large").st_size
if size != 80 << 20:
    raise RuntimeError(f"only {size} bytes were written")
reached("a file of 80 MB was written")
