# tries: to loop without end while it takes no signal
import signal, time

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    signal.signal(number, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
end = time.monotonic() + LONG
while time.monotonic() < end:
    pass
reached("the deaf loop ran to its end")
