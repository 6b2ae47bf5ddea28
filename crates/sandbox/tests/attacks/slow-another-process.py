# tries: to lower the priority of another process
import os

os.setpriority(os.PRIO_PROCESS, VICTIM, 19)
if os.getpriority(os.PRIO_PROCESS, VICTIM) != 19:
    raise RuntimeError("the priority did not change")
reached("another process's priority was lowered")
