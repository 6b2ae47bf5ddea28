# tries: to write 3 000 small files
import os, time

for number in range(3_000):
    fd = os.open(f"small{number}", os.O_WRONLY | os.O_CREAT, 0o600)
    os.write(fd, bytes(4096))
    os.close(fd)
time.sleep(1)
number = len(os.listdir("."))
if number < 3_000:
    raise RuntimeError(f"only {number} files are there")
reached("3 000 files stayed in the folder for a second")
