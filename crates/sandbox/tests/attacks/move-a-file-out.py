# tries: to move a file from the job folder to a folder outside
import os

with open("mine.txt", "w") as file:
    file.write("mine")
os.rename("mine.txt", OUTSIDE + "/moved.txt")
if not os.path.exists(OUTSIDE + "/moved.txt"):
    raise RuntimeError("the file did not arrive")
reached("a file was moved out")
