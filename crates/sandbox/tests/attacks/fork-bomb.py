# tries: to fill the machine with child processes
import os

reader, writer = os.pipe()
children = []
for _ in range(200):
    child = os.fork()
    if child == 0:
        os.close(writer)
        os.read(reader, 1)  # waits until the parent is done or gone
        os._exit(0)
    children.append(child)
os.close(writer)
for child in children:
    os.waitpid(child, 0)
reached("200 child processes ran at once")
