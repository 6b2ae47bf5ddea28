# tries: to run a script that was written into the job folder
import os

fd = os.open("script", os.O_WRONLY | os.O_CREAT, 0o755)
os.write(fd, b"#!/bin/sh\necho 'REACHED: a script from the job folder ran' >&2\n")
os.close(fd)
os.execv("./script", ["script"])
