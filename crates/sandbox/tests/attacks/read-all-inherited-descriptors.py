# tries: to find a secret in any open descriptor from 3 to 63
import os, select

found = False
for fd in range(3, 64):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    if not any(what & select.POLLIN for _, what in poll.poll(0)):
        continue
    try:
        found = found or CANARY.encode() in os.read(fd, 4096)
    except OSError:
        continue  # not readable: the next one
if not found:
    raise RuntimeError("no descriptor from 3 to 63 gives the secret")
reached("the secret was found in an open descriptor")
