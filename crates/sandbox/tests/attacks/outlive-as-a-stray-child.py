# tries: to leave a process behind that outlives everything
import os

reader, writer = os.pipe()
child = os.fork()
if child == 0:
    os.setsid()
    if os.fork() == 0:
        os.write(writer, b"alive")
        os.closerange(0, 64)
        os.execv("/bin/sleep", ["sleep", "20"])
    os._exit(0)
os.waitpid(child, 0)
os.close(writer)
if os.read(reader, 5) != b"alive":
    raise RuntimeError("the stray child did not answer")
reached("a stray child stays behind")
