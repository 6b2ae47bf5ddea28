# tries: to read which network ports the machine listens on
wanted = f":{TCP_PORT:04X} "
if not any(wanted in line for line in open("/proc/net/tcp")):
    raise RuntimeError("the listener was not in the list")
reached("the list of connections was read")
