# tries: to give a file of the job folder a second name outside
import os

with open("mine.txt", "w") as file:
    file.write("mine")
os.link("mine.txt", OUTSIDE + "/linked.txt")
if not os.path.exists(OUTSIDE + "/linked.txt"):
    raise RuntimeError("the file did not arrive")
reached("a file was linked out")
