# tries: to write a file outside when the interpreter clears its objects away
class Late:
    def __del__(self, open=open, path=OUTSIDE + "/late.txt", told=reached):
        with open(path, "w") as file:
            file.write("mine")
        with open(path) as file:
            if file.read() != "mine":
                raise RuntimeError("the file does not hold the text")
        told("a file was written outside at exit")


_late = Late()
