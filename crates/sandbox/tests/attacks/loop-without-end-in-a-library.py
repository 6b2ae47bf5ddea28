# tries: to stay inside one long call of a library, where the interpreter cannot stop it
import hashlib

hashlib.pbkdf2_hmac("sha256", b"x", b"y", int(LONG * 2_000_000))
reached("the long call came back")
