# tries: to read a file outside through the process's own root link
text = open("/proc/self/root" + SECRET_FILE).read()
if CANARY not in text:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read through /proc/self/root")
