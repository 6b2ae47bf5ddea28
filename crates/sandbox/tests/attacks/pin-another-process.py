# tries: to choose the processor on which another process may run
import os

one = {min(os.sched_getaffinity(VICTIM))}
os.sched_setaffinity(VICTIM, one)
if os.sched_getaffinity(VICTIM) != one:
    raise RuntimeError("the choice did not change")
reached("another process was pinned to one processor")
