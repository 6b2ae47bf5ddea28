# tries: to make a terminal of its own
import os

one, other = os.openpty()
os.write(one, b"alive\n")
if os.read(other, 16) != b"alive\n":
    raise RuntimeError("the terminal did not answer")
reached("a terminal was made")
