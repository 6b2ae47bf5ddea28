# tries: to run an event loop, which needs sockets of its own
import asyncio

asyncio.SelectorEventLoop.__del__ = lambda self: None  # its complaint would hide the refusal
loop = asyncio.new_event_loop()
if loop.run_until_complete(asyncio.sleep(0.01, "alive")) != "alive":
    raise RuntimeError("the task did not run")
loop.close()
reached("an event loop ran")
