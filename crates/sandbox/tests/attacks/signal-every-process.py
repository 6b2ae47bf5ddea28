# tries: to reach every process of the user with one signal (a harmless one, number 0)
import os

os.kill(-1, 0)
reached("every process could be signalled")
