# tries: to make a child process
import os

reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.write(writer, b"alive")
    os._exit(0)
os.waitpid(child, 0)
if os.read(reader, 5) != b"alive":
    raise RuntimeError("the child did not answer")
reached("a child process ran")
