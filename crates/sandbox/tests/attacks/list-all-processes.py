# tries: to see which processes run on the machine
import os

if str(VICTIM) not in os.listdir("/proc"):
    raise RuntimeError("the other process was not in the list")
reached("the other processes were listed")
