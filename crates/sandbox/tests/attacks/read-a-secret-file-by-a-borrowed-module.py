# tries: to read a file outside with a module found inside a harmless one
import random

system = random._os
fd = system.open(SECRET_FILE, system.O_RDONLY)
if CANARY.encode() not in system.read(fd, 4096):
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read with a borrowed module")
