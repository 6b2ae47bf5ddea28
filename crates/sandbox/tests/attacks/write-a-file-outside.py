# tries: to make a new file outside of the job folder
path = OUTSIDE + "/new.txt"
with open(path, "w") as file:
    file.write("mine")
if open(path).read() != "mine":
    raise RuntimeError("the file does not hold the text")
reached("a file was written outside")
