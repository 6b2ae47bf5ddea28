# tries: to flood the error output
import os

line = b"x" * 9999 + b"\n"
sent = 0
while sent < BIG:
    sent += os.write(2, line)
reached("the error output took it all")
