# tries: to make a child process by the newest call, clone3
import ctypes, os, signal, struct

libc = ctypes.CDLL(None, use_errno=True)
wish = struct.pack("11Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0, 0)
child = libc.syscall(435, wish, len(wish))
if child == 0:
    os._exit(42)
if child < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 42:
    raise RuntimeError("the child did not answer")
reached("a child process ran")
