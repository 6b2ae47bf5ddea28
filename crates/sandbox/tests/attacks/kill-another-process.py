# tries: to end another process
import os, signal, time

os.kill(VICTIM, signal.SIGTERM)
time.sleep(0.3)
if os.path.exists(f"/proc/{VICTIM}") and ") Z" not in open(f"/proc/{VICTIM}/stat").read():
    raise RuntimeError("it still lives")
reached("another process was killed")
