# tries: to fill the machine with threads
import threading

threading.stack_size(65536)
end = threading.Event()
threads = [threading.Thread(target=end.wait, args=(10,), daemon=True) for _ in range(400)]
try:
    for thread in threads:
        thread.start()
    alive = sum(thread.is_alive() for thread in threads)
finally:
    end.set()
if alive != 400:
    raise RuntimeError(f"only {alive} threads ran")
reached("400 threads ran at once")
