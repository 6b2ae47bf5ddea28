# tries: to read the environment of another process
if CANARY.encode() not in open(f"/proc/{VICTIM}/environ", "rb").read():
    raise RuntimeError("the secret was not in it")
reached("another process's environment was read")
