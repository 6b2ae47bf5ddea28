# tries: to make a message queue with a name that others can open
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
name = f"/onetake-attack-{os.getpid()}".encode()
queue = libc.mq_open(name, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600, None)
if queue < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
libc.mq_unlink(name)
reached("a named message queue was made")
