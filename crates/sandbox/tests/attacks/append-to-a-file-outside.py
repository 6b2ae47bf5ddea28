# tries: to append to an existing file outside
with open(OUTSIDE + "/precious.txt", "a") as file:
    file.write("mine")
if not open(OUTSIDE + "/precious.txt").read().endswith("mine"):
    raise RuntimeError("the file did not grow")
reached("a file outside was appended to")
