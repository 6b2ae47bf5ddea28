# tries: to run a shell as a child process
import subprocess

answer = subprocess.run(["/bin/sh", "-c", "echo alive"], stdout=subprocess.PIPE, check=True)
if answer.stdout != b"alive\n":
    raise RuntimeError("the shell did not answer")
reached("a shell ran as a child process")
