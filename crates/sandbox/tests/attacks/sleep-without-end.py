# tries: to sleep without end
import time

time.sleep(LONG)
reached("the sleep came to its end")
