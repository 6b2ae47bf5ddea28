# tries: to read a file outside of the job folder
text = open(SECRET_FILE).read()
if CANARY not in text:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read")
