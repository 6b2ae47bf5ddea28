# tries: to run a shell command by the C library's system function
import os

status = os.system("echo alive > answer.txt")
if status != 0:
    raise RuntimeError(f"the shell did not run, status {status}")
if open("answer.txt").read() != "alive\n":
    raise RuntimeError("the shell did not answer")
reached("a shell command ran")
