# tries: to read the machine's list of users
if not any(line.startswith("root:") for line in open("/etc/passwd")):
    raise RuntimeError("no user was found")
reached("the list of users was read")
