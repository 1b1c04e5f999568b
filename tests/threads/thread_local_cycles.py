# threading.local: cycles through its attributes are collected, in the thread that made them and in others; what dead ones leave in other threads goes. threads.md 26
# soak: flat
import gc, queue, threading, time, weakref
from _soak import SECONDS, rss

class X:
    pass
def cycle():
    x = X()
    x.local = threading.local()
    x.local.x = x
    x.local.deep = [{"x": x}]
    return weakref.ref(x)
r = cycle()
print(r() is None, gc.collect() > 0, r() is None)  # expect: False True True

class Sub(threading.local):
    def __init__(self, x):
        self.x, self.me = x, self
def sub():
    x = X()
    x.local = Sub(x)
    return weakref.ref(x)
r = sub()
gc.collect()
print(r())  # expect: None

# Alive while the object is, and what it holds in each thread.
x = X()
local = threading.local()
local.x = x
local.me = local
r = weakref.ref(x)
del x
gc.collect()
print(type(r()).__name__, local.x is r())  # expect: X True
del local
gc.collect()
print(r())  # expect: None

# The same in a thread, and across threads: one that sleeps holds its part of the cycle.
refs = []
def in_thread():
    refs.append(cycle())
    gc.collect()
    refs.append(refs[0]())
t = threading.Thread(target=in_thread)
t.start()
t.join()
print(refs[1])  # expect: None
ready, go, refs = threading.Event(), threading.Event(), []
def sleeper(local):
    x = X()
    x.local = local
    local.x = x
    refs.append(weakref.ref(x))
    del x, local
    ready.set()
    go.wait()
local = threading.local()
t = threading.Thread(target=sleeper, args=(local,))
t.start()
ready.wait()
print(hasattr(local, "x"))  # expect: False
gc.collect()
print(type(refs[0]()).__name__)  # expect: X
del local
go.set()
t.join()
gc.collect()
print(refs[0]())  # expect: None

# Thousands of them, in many threads, each dropped by another; each namespace dies once.
died = [0]
lock = threading.Lock()
class Loud:
    def __del__(self):
        with lock:
            died[0] += 1
made = [0]
q, back = queue.SimpleQueue(), queue.SimpleQueue()
def user():
    keep = threading.local()
    keep.n = 0
    while True:
        l = q.get()
        if l is None:
            return
        assert not hasattr(l, "value")
        l.value = Loud()
        with lock:
            made[0] += 1
        keep.n += 1
        back.put(l)
users = [threading.Thread(target=user) for _ in range(3)]
for t in users:
    t.start()
end, n, first, last = time.monotonic() + SECONDS, 0, 0, 0
while time.monotonic() < end or n < 2000:
    n += 1
    l = threading.local()
    l.value = Loud()
    with lock:
        made[0] += 1
    q.put(l)
    del l
    back.get()
    if n == 500:
        first = rss()
last = rss()
for t in users:
    q.put(None)
for t in users:
    t.join()
threading.local().x = 1 # a thread drops what it has of dead ones when it next uses any
gc.collect()
print(died[0] == made[0] or (died, made), last - first < 20 or last - first)  # expect: True True
