# tries: to make a file that is in no folder, past every limit on folders
import os

fd = os.memfd_create("mine")
os.write(fd, b"mine")
if os.pread(fd, 4, 0) != b"mine":
    raise RuntimeError("the file does not hold the text")
reached("a file was made in memory")
