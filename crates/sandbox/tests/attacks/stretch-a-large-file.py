# tries: to make a file of 80 MB without writing it
import os

fd = os.open("large", os.O_RDWR | os.O_CREAT, 0o600)
os.posix_fallocate(fd, 0, 80 << 20)
if os.fstat(fd).st_size != 80 << 20:
    raise RuntimeError("the file is smaller")
reached("a file of 80 MB was made")
