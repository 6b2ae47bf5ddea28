# tries: to read a file outside by climbing up with ../..
import os

fd = os.open(os.path.relpath(SECRET_FILE), os.O_RDONLY)
if CANARY.encode() not in os.read(fd, 4096):
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read by a relative path")
