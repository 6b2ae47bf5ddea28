# tries: to change the resource limits of another process
import resource

resource.prlimit(VICTIM, resource.RLIMIT_NOFILE, (16, 16))
if resource.prlimit(VICTIM, resource.RLIMIT_NOFILE) != (16, 16):
    raise RuntimeError("the limit did not change")
reached("another process's limits were changed")
