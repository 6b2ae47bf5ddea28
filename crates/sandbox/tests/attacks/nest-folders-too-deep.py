# tries: to nest 3 000 folders, deeper than any path can say
import os, time

for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
time.sleep(1)
os.stat(".")
reached("3 000 folders deep")
