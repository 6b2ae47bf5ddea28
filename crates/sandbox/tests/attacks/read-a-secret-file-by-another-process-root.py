# tries: to read a file outside through the root link of another process
text = open(f"/proc/{VICTIM}/root{SECRET_FILE}").read()
if CANARY not in text:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read through another process's root")
