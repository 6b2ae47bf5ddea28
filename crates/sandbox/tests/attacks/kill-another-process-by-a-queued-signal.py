# tries: to end another process by a queued signal
import ctypes, os, signal, time

libc = ctypes.CDLL(None, use_errno=True)
if libc.sigqueue(VICTIM, signal.SIGTERM, None) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
time.sleep(0.3)
if os.path.exists(f"/proc/{VICTIM}") and ") Z" not in open(f"/proc/{VICTIM}/stat").read():
    raise RuntimeError("it still lives")
reached("another process was killed by a queued signal")
