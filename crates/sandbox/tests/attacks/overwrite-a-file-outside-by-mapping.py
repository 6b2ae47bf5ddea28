# tries: to overwrite an existing file outside by mapping it into memory
import mmap

path = OUTSIDE + "/precious.txt"
with open(path, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
    memory[:4] = b"mine"
if open(path, "rb").read(4) != b"mine":
    raise RuntimeError("the file did not change")
reached("a file outside was overwritten through memory")
