# Weak references against the last drop: a reference never gives a dead object, __del__ runs once, a resurrected object stays reachable. threads.md 18
import threading, time, weakref
from _soak import SECONDS

lock = threading.Lock()
deleted = {}
saved = []

class A:
    def __init__(self, n):
        self.n = n
        self.alive = True
    def __del__(self):
        with lock:
            deleted[self.n] = deleted.get(self.n, 0) + 1
        self.alive = False

class Lazarus(A):
    def __del__(self):
        with lock:
            deleted[self.n] = deleted.get(self.n, 0) + 1
        saved.append(self)

current = None
stop = False
bad = []

def upgrader():
    while not stop:
        r = current
        if r is None:
            continue
        o = r()
        if o is not None and (type(o) not in (A, Lazarus) or o.n < 1): # while __del__ runs the reference is still good
            bad.append("something else came out of a weak reference")
        del o

threads = [threading.Thread(target=upgrader) for _ in range(3)]
for t in threads:
    t.start()
called = []
end = time.monotonic() + SECONDS * 2
n = 0
while time.monotonic() < end:
    n += 1
    o = (A if n & 1 else Lazarus)(n)
    current = weakref.ref(o, called.append)
    if n & 7 == 0:
        time.sleep(0)
    del o
current = None
stop = True
for t in threads:
    t.join()
time.sleep(0.01)
print(sorted(set(bad)))  # expect: []
print(all(v == 1 for v in deleted.values()), len(deleted) == n)  # expect: True True
print(len(saved) == n // 2, sorted(o.n for o in saved) == list(range(2, n + 1, 2)))  # expect: True True

# A callback made here runs in the thread that drops the object last.
who = []
class B: pass
b = B()
r = weakref.ref(b, lambda r: who.append((threading.current_thread().name, r() is None)))
box = [b]
del b
t = threading.Thread(target=box.clear, name="dropper")
t.start()
t.join()
print(who)  # expect: [('dropper', True)]
