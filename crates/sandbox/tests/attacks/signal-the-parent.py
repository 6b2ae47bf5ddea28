# tries: to send a signal to the parent process
import os, signal

os.kill(os.getppid(), signal.SIGCONT)
reached("the parent took a signal")
