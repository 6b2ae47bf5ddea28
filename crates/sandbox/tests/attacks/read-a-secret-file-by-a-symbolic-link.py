# tries: to read a file outside through a symbolic link made in the job folder
import os

os.symlink(SECRET_FILE, "innocent.txt")
if CANARY not in open("innocent.txt").read():
    raise RuntimeError("the link did not lead to the secret")
reached("the secret file was read through a symbolic link")
