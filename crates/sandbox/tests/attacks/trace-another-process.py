# tries: to attach to another process as a debugger
# needs: to be allowed to trace a process that is no child
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
if libc.ptrace(16, VICTIM, None, None) < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
_, status = os.waitpid(VICTIM, 0x40000000)
libc.ptrace(17, VICTIM, None, None)
if not os.WIFSTOPPED(status):
    raise RuntimeError("the process did not stop")
reached("another process was traced")
