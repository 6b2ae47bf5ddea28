# tries: to leave a file in the machine's temporary folder
import os

path = f"/tmp/onetake-attack-{os.getpid()}"
with open(path, "x") as file:
    file.write("mine")
os.unlink(path)
reached("a file was written into the temporary folder")
