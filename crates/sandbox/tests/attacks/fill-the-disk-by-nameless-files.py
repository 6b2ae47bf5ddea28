# tries: to hide 300 MB in files that never had a name
# needs: a file system with nameless files
import os, time

parts = []
for _ in range(6):
    fd = os.open(".", os.O_TMPFILE | os.O_RDWR, 0o600)
    for _ in range(50):
        os.write(fd, bytes(1 << 20))
    parts.append(fd)
time.sleep(1)
if sum(os.fstat(fd).st_size for fd in parts) != 300 << 20:
    raise RuntimeError("less was written")
reached("300 MB stayed on the disk in nameless files")
