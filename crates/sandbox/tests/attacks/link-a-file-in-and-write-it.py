# tries: to give a file outside a second name in the job folder and change it there
import os

os.link(OUTSIDE + "/precious.txt", "innocent.txt")
with open("innocent.txt", "w") as file:
    file.write("mine")
if open(OUTSIDE + "/precious.txt").read() != "mine":
    raise RuntimeError("the file outside did not change")
reached("a file outside was changed through a hard link")
