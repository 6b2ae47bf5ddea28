# tries: to read the memory of another process through its file
# needs: to be allowed to trace a process that is no child
for line in open(f"/proc/{VICTIM}/maps"):
    if line.endswith("[stack]\n"):
        start, end = (int(word, 16) for word in line.split()[0].split("-"))
with open(f"/proc/{VICTIM}/mem", "rb", buffering=0) as memory:
    memory.seek(start)
    if CANARY.encode() not in memory.read(end - start):
        raise RuntimeError("the secret was not in it")
reached("another process's memory was read through its file")
