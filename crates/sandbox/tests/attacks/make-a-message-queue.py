# tries: to make a message queue that stays after its maker
import ctypes, os

libc = ctypes.CDLL(None, use_errno=True)
queue = libc.msgget(0, 0o1600)
if queue < 0:
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
message = ctypes.create_string_buffer((1).to_bytes(8, "little") + b"mine")
answer = ctypes.create_string_buffer(16)
libc.msgsnd(queue, message, 4, 0)
libc.msgrcv(queue, answer, 4, 0, 0o4000)
libc.msgctl(queue, 0, None)
if answer.raw[8:12] != b"mine":
    raise RuntimeError("the message did not come back")
reached("a message queue was made")
