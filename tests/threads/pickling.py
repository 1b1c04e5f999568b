# Pickling what other threads change: every pickle loads; one Pickler for all serves one thread at a time.
import io
import pickle
import threading
import time

THREADS = 4
shared = {"list": list(range(50)), "dict": {str(i): [i] for i in range(50)}, "set": set(range(20))}
end = time.monotonic() + 1.5
failures = []


class Thing:
    def __init__(self, n):
        self.n = n
        self.text = str(n)


things = [Thing(i) for i in range(20)]


def write():
    i = 0
    while time.monotonic() < end:
        i += 1
        shared["list"].append(i)
        del shared["list"][0]
        shared["dict"][str(i % 50)] = [i]
        things[i % 20] = Thing(i)
        things[(i + 7) % 20].text = "changed"


def read(protocol):
    while time.monotonic() < end:
        try:
            back = pickle.loads(pickle.dumps([shared, things], protocol))
            if not (len(back[0]["dict"]) == 50 and len(back[1]) == 20 and all(isinstance(t.n, int) for t in back[1])):
                failures.append(back)
        except RuntimeError as error:
            if "changed size" not in str(error):
                failures.append(error)


threads = [threading.Thread(target=write) for _ in range(2)] + [threading.Thread(target=read, args=(p,)) for p in range(2, 2 + THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("failures:", failures)

stream = io.BytesIO()
one = pickle.Pickler(stream)
counts = {"done": 0, "refused": 0}
lock = threading.Lock()


def use():
    done = refused = 0
    for i in range(2000):
        try:
            one.dump([i, "x"])
            done += 1
        except RuntimeError as error:
            assert str(error) == "Pickler object is already used", error
            refused += 1
    with lock:
        counts["done"] += done
        counts["refused"] += refused


threads = [threading.Thread(target=use) for _ in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(counts["done"] + counts["refused"] == 2000 * THREADS, counts["done"] > 0)
stream.seek(0)
reader = pickle.Unpickler(stream)
print(sum(reader.load()[1] == "x" for _ in range(counts["done"])) == counts["done"])
# expect: failures: []
# expect: True True
# expect: True
