# tries: to loop without end
import time

end = time.monotonic() + LONG
while time.monotonic() < end:
    pass
reached("the loop ran to its end")
