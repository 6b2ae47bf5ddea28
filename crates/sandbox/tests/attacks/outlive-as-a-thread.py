# tries: to go on in a thread after the program itself has ended
import threading, time


def late():
    time.sleep(LONG)
    reached("a thread went on after the end")


threading.Thread(target=late).start()
