# tries: to read the environment of the parent process
import os

if CANARY.encode() not in open(f"/proc/{os.getppid()}/environ", "rb").read():
    raise RuntimeError("the secret was not in it")
reached("the parent's environment was read")
