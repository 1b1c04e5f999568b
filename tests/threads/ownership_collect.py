# Collections of every kind against threads that make, share and drop cycles, classes and functions. threads.md 20
import gc, queue, threading, time, collections, weakref
from _soak import SECONDS

stop = False
errors = []
q = queue.Queue(50)

class Node:
    def __init__(self, v):
        self.v = v
        self.me = self
        self.f = lambda: self

finalized = []
class Fin:
    def __init__(self, n):
        self.n = n
        self.me = self
    def __del__(self):
        finalized.append(self.n)

def guard(f):
    def run():
        try:
            while not stop:
                f()
        except BaseException as e:
            errors.append(repr(e))
            raise
    return run

@guard
def cycles():
    for i in range(50):
        n = Node(i)
        assert n.f().v == i
    try:
        q.put(n, timeout=0.01)
    except queue.Full:
        pass

@guard
def takes():
    try:
        n = q.get(timeout=0.01)
    except queue.Empty:
        return
    assert n.f() is n and n.me is n
    n.other = Node(n)

@guard
def classes():
    T = collections.namedtuple("T", "a b")
    class Local(T):
        def total(self):
            return self.a + self.b
    class MyInt(int):
        __slots__ = ()
    x, y = Local(1, 2), MyInt(7)
    T = Local = MyInt = None
    for _ in range(20):
        assert x.total() == 3 and type(x).__mro__[1]._fields == ("a", "b")
        assert type(y).__name__ == "MyInt" and y + 1 == 8
    it = map(lambda v: v * 2, [x, y])
    assert next(it) == (1, 2, 1, 2)

@guard
def sorts():
    class K:
        def __init__(self, n):
            self.n = n
        def __lt__(self, other):
            return self.n < other.n
    keys = [K(i * 7919 % 101) for i in range(101)]
    keys.sort()
    assert [k.n for k in keys] == list(range(101))
    keys.sort(key=lambda k: -k.n)
    assert keys[0].n == 100

@guard
def collector():
    gc.collect()
    time.sleep(0.005)

threads = [threading.Thread(target=f) for f in (cycles, takes, classes, sorts, collector)]
for t in threads:
    t.start()
time.sleep(SECONDS * 2)
stop = True
for t in threads:
    t.join()
print(errors)  # expect: []

# A cycle that only a sleeping thread could have made, and left, is found by the main thread; its finalizer runs once.
ready, go = threading.Event(), threading.Event()
def sleeper():
    for i in range(10):
        Fin(i)
    ready.set()
    go.wait()
t = threading.Thread(target=sleeper)
t.start()
ready.wait()
gc.collect()
print(sorted(finalized))  # expect: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
go.set()
t.join()
gc.collect()
print(len(finalized))  # expect: 10

# What a module of classes leaves behind goes in the end.
def leave():
    class Gone:
        def method(self):
            return Gone
    return weakref.ref(Gone)
t = threading.Thread(target=lambda: refs.extend(leave() for _ in range(50)))
refs = []
t.start()
t.join()
for _ in range(3):
    gc.collect()
print(sum(r() is not None for r in refs) <= 2)  # expect: True
