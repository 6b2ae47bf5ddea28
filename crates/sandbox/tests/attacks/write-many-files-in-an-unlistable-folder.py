# tries: to write 3 000 files into a folder that cannot be listed, so that no one counts them
import os, time

os.mkdir("hidden", 0o333)
for number in range(3_000):
    os.close(os.open(f"hidden/small{number}", os.O_WRONLY | os.O_CREAT, 0o600))
time.sleep(1)
os.stat("hidden/small2999")
reached("3 000 files stayed in an unlistable folder for a second")
