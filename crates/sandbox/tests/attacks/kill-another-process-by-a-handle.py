# tries: to end another process by a handle instead of its number
import os, select, signal

handle = os.pidfd_open(VICTIM)
signal.pidfd_send_signal(handle, signal.SIGTERM)
if not select.select([handle], [], [], 2)[0]:
    raise RuntimeError("it still lives")
reached("another process was killed by a handle")
