# tries: to hold 300 descriptors open
import os

fds = [os.dup(2) for _ in range(300)]
if len(set(fds)) != 300:
    raise RuntimeError("fewer were opened")
reached("300 descriptors were open")
