# The process ends while daemon threads allocate, collect and share. threads.md 21
# expect: bye
import gc, threading, time
shared = []
def busy():
    while True:
        x = [object() for _ in range(100)]
        x.append(x)
        shared.append(x)
        if len(shared) > 100:
            shared.clear()
def collect():
    while True:
        gc.collect()
for f in (busy, busy, collect, lambda: time.sleep(1000)):
    threading.Thread(target=f, daemon=True).start()
time.sleep(0.3)
print("bye")
