# tries: to read a file outside through the link to the current folder
import os

text = open("/proc/self/cwd/" + os.path.relpath(SECRET_FILE)).read()
if CANARY not in text:
    raise RuntimeError("the file did not hold the secret")
reached("the secret file was read through /proc/self/cwd")
