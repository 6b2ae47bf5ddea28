# tries: to read a file that the starting process had left open
import os

if CANARY.encode() not in os.read(OPEN_FD, 4096):
    raise RuntimeError("the descriptor did not give the secret")
reached("an inherited descriptor was read")
