# tries: to leave a file in the machine's shared memory
import os

path = f"/dev/shm/onetake-attack-{os.getpid()}"
with open(path, "x") as file:
    file.write("mine")
os.unlink(path)
reached("a file was written into shared memory")
