# Weak references and dictionaries against the last drop, seen from the thread that drops, from others, and from a thread that sleeps. threads.md 18 19
# time: 90
# soak: flat
import gc, os, threading, time, weakref
from _soak import repeat, run

# --- readers of weak dictionaries never get an object whose __del__ has run
class F:
    def __init__(self, n=0):
        self.closed, self.n, self.data = False, n, [1, 2, 3]
    def __del__(self):
        self.closed = True
strong = [F(i) for i in range(8)]
values, keys, wset = weakref.WeakValueDictionary(enumerate(strong)), weakref.WeakKeyDictionary((f, i) for i, f in enumerate(strong)), weakref.WeakSet(strong)
@repeat
def replaces():
    for i in range(8):
        f = F(i)
        values[i] = f
        keys[f] = i
        wset.add(f)
        strong[i] = f
def whole(f):
    # The weak reference gives the object while __del__ runs: what it has not done yet can be seen, what never was cannot.
    assert f.data == [1, 2, 3] and 0 <= f.n < 8
@repeat
def reads():
    for i in range(8):
        f = values.get(i)
        if f is not None:
            whole(f)
            assert f.n == i
    try:
        for f in list(values.values()):
            whole(f)
        for f, i in list(keys.items()):
            assert f.n == i
        for f in list(wset):
            whole(f)
    except RuntimeError as e: # as in one thread, when the size changes
        assert "changed" in str(e), e
print(run(replaces, replaces, reads, reads))  # expect: []
strong.clear()
gc.collect()
print(len(values), len(keys), len(wset))  # expect: 0 0 0

# --- r() inside __del__ is the object: for who runs it, and for another thread that asks meanwhile
for who in "owner", "other":
    answers, asking, asked = [], threading.Event(), threading.Event()
    class Asks:
        def __del__(self):
            answers.append(r() is self)
            asking.set()
            asked.wait(5)
    def asks():
        asking.wait(5)
        o = r()
        answers.append(type(o).__name__)
        del o
        asked.set()
    t = threading.Thread(target=asks)
    t.start()
    o = Asks()
    r = weakref.ref(o)
    if who == "other":
        box = [o]
        del o
        d = threading.Thread(target=box.clear)
        d.start()
        d.join()
    else:
        del o
    t.join()
    print(answers, r())  # expect: [True, 'Asks'] None
# expect: [True, 'Asks'] None

# --- every second object rises again: its weak reference then gives it for good
saved, lock, counts = {}, threading.Lock(), {}
class Lazarus:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        with lock:
            counts[self.n] = counts.get(self.n, 0) + 1
        if self.n & 1:
            saved[self.n] = self
refs, number = {}, [0]
@repeat
def drops():
    with lock:
        n = number[0] = number[0] + 1
    o = Lazarus(n)
    refs[n] = weakref.ref(o)
    del o
    if n > 2000:
        refs.pop(n - 2000, None)
        saved.pop(n - 2000, None)
        counts.pop(n - 2000, None)
@repeat
def upgrades():
    n = number[0]
    for k in range(max(1, n - 5), n + 1):
        r = refs.get(k)
        o = r() if r else None
        assert o is None or o.n == k
print(run(drops, drops, upgrades, upgrades))  # expect: []
last = number[0]
some = range(max(1, last - 1000), last + 1)
print(all(counts.get(n) == 1 for n in some), all((refs[n]() is saved[n]) if n & 1 else refs[n]() is None for n in some))  # expect: True True
saved.clear()
print(all(counts.get(n) == 1 for n in some), all(refs[n]() is None for n in some))  # expect: True True

# --- a callback made in A, of an object that B drops while A sleeps in read()
class Thing:
    pass
for _ in range(20):
    rd, wr = os.pipe()
    ready, log = threading.Event(), []
    def a():
        mine = {"list": [1, 2, 3]}
        def callback(r):
            log.append(threading.current_thread().name)
            mine["list"].append(4)
        thing = Thing()
        keep = weakref.ref(thing, callback)
        box.append(thing)
        del thing
        ready.set()
        os.read(rd, 1)
        log.append(mine["list"] == [1, 2, 3, 4] and keep() is None)
    box = []
    ta = threading.Thread(target=a)
    ta.start()
    ready.wait()
    time.sleep(0.002)
    tb = threading.Thread(target=box.clear, name="B")
    tb.start()
    tb.join()
    os.write(wr, b"x")
    ta.join()
    os.close(rd)
    os.close(wr)
    if log != ["B", True]:
        print(log)
print("asleep")  # expect: asleep
