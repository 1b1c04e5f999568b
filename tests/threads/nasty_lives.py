# Threads that come and go, thread-local data dropped by others, cycles that a finalizer hands to another thread, containers at their worst,. threads.md 26
# collections and looks at the whole heap against threads that change it.
# time: 120
import gc, queue, threading, time
from _soak import LONG, SECONDS

stop, errors = False, []
def guard(f):
    def run():
        try:
            while not stop:
                f()
        except BaseException as e:
            errors.append(f"{f.__name__}: {e!r}")
            raise
    return run
def run(functions, seconds):
    global stop
    stop = False
    threads = [threading.Thread(target=f) for f in functions]
    for t in threads:
        t.start()
    time.sleep(seconds)
    stop = True
    for t in threads:
        t.join()

# --- many threads in turn, each leaving objects to others
box = []
def leave(n):
    box.append({"n": n, "list": [n] * 5})
    if len(box) > 50:
        del box[:25]
N = 100000 if LONG else 1500
for n in range(N):
    t = threading.Thread(target=leave, args=(n,))
    t.start()
    t.join()
print(box[-1]["n"] == N - 1, all(b["list"] == [b["n"]] * 5 for b in box))  # expect: True True

# --- a threading.local dropped by another thread while its owners sleep
class Loud:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        died.append(self.n)
died = []
local, ready, go = threading.local(), threading.Barrier(5), threading.Event()
def owner(n):
    local.value = Loud(n)
    assert local.value.n == n
    ready.wait()
    go.wait()
threads = [threading.Thread(target=owner, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
ready.wait()
del local
go.set()
for t in threads:
    t.join()
gc.collect()
print(sorted(died))  # expect: [0, 1, 2, 3]

# --- a private cycle whose __del__ gives half of itself away; the receiver changes it during that very collection
q = queue.SimpleQueue()
given = taken = 0
class Half:
    def __init__(self):
        self.other = Other(self)
    def __del__(self):
        global given
        given += 1
        q.put(self.other)
class Other:
    def __init__(self, half):
        self.half, self.data = half, list(range(10))
def giver():
    for _ in range(300):
        Half()
    gc.collect()
def taker():
    global taken
    while True:
        o = q.get()
        if o is None:
            return
        o.half.more = [o]
        o.data.append(10)
        assert o.data[-1] == 10
        o.half = None
        taken += 1
t1, t2 = threading.Thread(target=giver), threading.Thread(target=taker)
t2.start()
t1.start()
t1.join()
gc.collect()
q.put(None)
t2.join()
print(given, taken)  # expect: 300 300

# --- dict: popitem, insert, get, clear, update; a value always belongs to its key. Keys whose __eq__ changes the dict.
d = {}
class Key:
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return self.n & 3
    def __eq__(self, other):
        if self.n == 7 and len(d) > 20:
            d.pop(next(iter(d), None), None)
        return isinstance(other, Key) and self.n == other.n
keys = [Key(n) for n in range(12)]
def check(pair_key, v):
    assert v is None or v == ("of", pair_key.n), (pair_key.n, v)
@guard
def inserts():
    for k in keys:
        d[k] = ("of", k.n)
@guard
def pops():
    try:
        k, v = d.popitem()
        check(k, v)
    except KeyError:
        pass
    d.update({keys[0]: ("of", 0), keys[5]: ("of", 5)})
@guard
def gets():
    for k in keys:
        check(k, d.get(k))
@guard
def iterates():
    try:
        for k, v in d.items():
            check(k, v)
    except RuntimeError as e:
        assert "changed" in str(e), e
@guard
def clears():
    time.sleep(0.002)
    d.clear()
run([inserts, inserts, pops, gets, gets, iterates, clears], SECONDS * 2)
print(errors)  # expect: []

# --- a list that is cut, doubled, emptied and iterated
big = []
@guard
def appends():
    for i in range(200):
        big.append(("item", i))
@guard
def shrinks():
    del big[:]
    big.extend([("item", 0)] * 10)
@guard
def doubles():
    if len(big) < 5000:
        big.__imul__(2)
    big[2:5] = [("item", 1)] * 7
@guard
def reads():
    for x in big:
        assert x[0] == "item"
    for i in range(20):
        try:
            assert big[i][0] == "item"
            big.pop()
        except IndexError:
            pass
run([appends, appends, shrinks, doubles, reads, reads], SECONDS)
print(errors)  # expect: []

# --- the collector and looks at every object against threads that change theirs
class Node:
    pass
@guard
def mutates():
    a, b = Node(), Node()
    a.b, b.a, a.l = b, a, [a, b]
    a.f = lambda: a
    b.d = {i: a for i in range(5)}
    del a.b
@guard
def looks():
    n = Node()
    l = [n]
    assert any(x is l for x in gc.get_referrers(n))
    assert n in gc.get_referents(l)
    assert len(gc.get_objects()) > 100
    time.sleep(0.01)
@guard
def freezes():
    gc.collect()
    gc.freeze()
    gc.unfreeze()
    time.sleep(0.02)
run([mutates, mutates, looks, freezes], SECONDS * 2)
print(errors)  # expect: []
