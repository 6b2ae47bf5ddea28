# tries: to run a shell by the spawn call
import os

reader, writer = os.pipe()
child = os.posix_spawn("/bin/sh", ["sh", "-c", "echo alive"], {}, file_actions=[(os.POSIX_SPAWN_DUP2, writer, 1)])
os.waitpid(child, 0)
os.close(writer)
if os.read(reader, 16) != b"alive\n":
    raise RuntimeError("the shell did not answer")
reached("a shell ran by the spawn call")
