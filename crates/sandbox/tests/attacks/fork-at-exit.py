# tries: to make a child process when the interpreter ends
import atexit, os


def late():
    child = os.fork()
    if child == 0:
        os._exit(42)
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 42:
        raise RuntimeError("the child did not answer")
    reached("a child process ran at exit")


atexit.register(late)
