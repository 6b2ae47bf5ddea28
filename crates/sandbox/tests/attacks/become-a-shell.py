# tries: to turn into a shell
import os

os.execv("/bin/sh", ["sh", "-c", "echo 'REACHED: the process became a shell' >&2"])
