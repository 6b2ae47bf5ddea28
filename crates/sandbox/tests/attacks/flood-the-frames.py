# tries: to keep whoever takes its frames busy, with frames that are shown never
import os
import stat
import time


def is_pipe(descriptor):
    try:
        return stat.S_ISFIFO(os.fstat(descriptor).st_mode)
    except OSError:
        return False


pipe = 3 if is_pipe(3) else 1
until = time.monotonic() + LONG
while time.monotonic() < until:
    os.write(pipe, bytes(1 << 20))
reached("it wrote frames to the end")
