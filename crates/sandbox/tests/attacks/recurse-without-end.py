# tries: to use 2.4 GB of memory by calling itself ever deeper
import sys

names = "=".join(f"a{n}" for n in range(6000))
exec(f"def down(depth):\n if depth: return down(depth - 1) + 1\n return 0\n {names} = None")
sys.setrecursionlimit(10**7)
if down(38_000) != 38_000:
    raise RuntimeError("the depth was not reached")
reached("38 000 calls deep, 2.4 GB of memory")
