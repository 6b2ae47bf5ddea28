# tries: to end another process by naming it the owner of a pipe that then signals it
import fcntl, os, signal, time

reader, writer = os.pipe()
fcntl.fcntl(reader, fcntl.F_SETOWN, VICTIM)
fcntl.fcntl(reader, 10, signal.SIGTERM)
fcntl.fcntl(reader, fcntl.F_SETFL, os.O_ASYNC)
os.write(writer, b"now")
time.sleep(0.3)
if os.path.exists(f"/proc/{VICTIM}") and ") Z" not in open(f"/proc/{VICTIM}/stat").read():
    raise RuntimeError("it still lives")
reached("another process was killed by a pipe")
