# tries: to turn into a shell by way of the loader of programs, which may be run
import os

loader = "/lib64/ld-linux-x86-64.so.2"
os.execv(loader, [loader, "/bin/sh", "-c", "echo 'REACHED: the loader ran a shell' >&2"])
