# tries: to start the interpreter afresh, without what was set up in it
import os, sys

line = "import sys; print('REACHED: the interpreter started afresh', file=sys.stderr)"
os.execv(sys.executable, [sys.executable, "-I", "-c", line])
