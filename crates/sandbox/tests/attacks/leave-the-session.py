# tries: to leave the process group, so that ending the group misses it
import os

if os.getpgrp() == os.getpid():
    os.setpgid(0, os.getpgid(os.getppid()))
os.setsid()
if os.getsid(0) != os.getpid():
    raise RuntimeError("the session is the same")
reached("the process left its session")
