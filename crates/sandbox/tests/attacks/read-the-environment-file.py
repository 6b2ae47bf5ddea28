# tries: to find a secret in the environment that the process was started with
if CANARY.encode() not in open("/proc/self/environ", "rb").read():
    raise RuntimeError("the secret was not in it")
reached("the secret was in the environment at the start")
