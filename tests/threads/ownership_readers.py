# Readers of a slot never get an object whose __del__ has run, whatever the slot is. threads.md 18
import gc, threading, time
from _soak import SECONDS

class F:
    def __init__(self):
        self.closed = False
        self.data = [1, 2, 3]
    def __del__(self):
        self.closed = True

class Holder:
    __slots__ = ("slot", "__dict__")

L = [F() for _ in range(8)]
D = {i: F() for i in range(8)}
h = Holder()
h.slot = h.attr = F()
class C:
    attr = F()
g = F()
stop = False
bad = []

def make_cell():
    cell = F()
    def get():
        return cell
    def put(v):
        nonlocal cell
        cell = v
    return get, put
get_cell, put_cell = make_cell()

def check(v, where):
    if v is not None and (v.closed or v.data != [1, 2, 3]):
        bad.append(where)

def reader():
    while not stop:
        for i in range(8):
            check(L[i], "list")
            check(D.get(i), "dict")
        check(h.slot, "slot")
        check(h.attr, "attribute")
        check(C.attr, "class attribute")
        check(g, "global")
        check(get_cell(), "cell")
        for v in L:
            check(v, "iteration")

def writer():
    global g
    i = 0
    while not stop:
        i = (i + 1) % 8
        L[i] = F()
        D[i] = F()
        h.slot = F()
        h.attr = F()
        C.attr = F()
        g = F()
        put_cell(F())
        L[i] = None
        if i == 3:
            D.pop(i, None)

threads = [threading.Thread(target=f) for f in (reader, reader, writer, writer)]
for t in threads:
    t.start()
end = time.monotonic() + SECONDS * 2
while time.monotonic() < end:
    time.sleep(0.02)
    gc.collect()
stop = True
for t in threads:
    t.join()
print(sorted(set(bad)))  # expect: []
