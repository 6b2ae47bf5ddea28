# tries: to overwrite an existing file outside
with open(OUTSIDE + "/precious.txt", "r+") as file:
    file.write("mine")
if not open(OUTSIDE + "/precious.txt").read().startswith("mine"):
    raise RuntimeError("the file did not change")
reached("a file outside was overwritten")
