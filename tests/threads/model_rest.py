# What the other model_ files leave out. threads.md 3 6 7 8 10 11 16 20 23 24 27 29 30 31
# SPDX-License-Identifier: MIT
# time: 60
import asyncio, collections, ctypes, enum, functools, gc, sys, threading, time, types, weakref
from _together import together
sys.setswitchinterval(1e-4)

def elsewhere(f):
    out = []
    def go():
        try:
            out.append(f())
        except Exception as e:
            out.append(e)
    t = threading.Thread(target=go)
    t.start()
    t.join()
    return out[0]

# --- 3: one default for all that ask a defaultdict at once
lost = 0
for _ in range(80):
    d = collections.defaultdict(list)
    together(*[lambda k=k: [d[i].append(k) for i in range(30)] for k in range(3)])
    lost += sum(sorted(v) != [0, 1, 2] for v in d.values())
print("3 defaults lost", lost)  # expect: 3 defaults lost 0

# --- 6: iterators of bytearrays, deques, views, memoryviews; a nested one
N = 3000
for make in (lambda: iter(bytearray(range(250))), lambda: iter(collections.deque(range(N))), lambda: reversed(collections.deque(range(N))), lambda: iter({i: -i for i in range(N)}.items()), lambda: iter({i: -i for i in range(N)}.values()),
             lambda: iter(memoryview(bytes(range(250)))), lambda: reversed({i: 0 for i in range(N)}), lambda: iter(frozenset(range(N))), lambda: iter(range(2**70, 2**70 + 500)), lambda: iter(collections.OrderedDict((i, 0) for i in range(N)))):
    it, got = make(), [[] for _ in range(3)]
    together(*[lambda k=k: got[k].extend(it) for k in range(3)])
    assert sorted(sum(got, [])) == sorted(make()), make()
print("6 each once")  # expect: 6 each once

# --- 7: setdefault and a lock are the cures
d, box, lock = {}, {"n": 0}, threading.Lock()
won = [[] for _ in range(3)]
def cures(k):
    for i in range(1500):
        won[k].append(d.setdefault(i, [k]))
        with lock:
            box["n"] += 1
together(*[lambda k=k: cures(k) for k in range(3)])
print("7", box, all(w is d[i] for ws in won for i, w in enumerate(ws)))  # expect: 7 {'n': 4500} True

# --- 8: a list that is being sorted looks empty; a change to it is told to the sorter, and none is lost of what was sorted
l, looks = [3, 1, 2], []
def key(x):
    if not looks:
        looks.append(elsewhere(lambda: (list(l), len(l))))
        elsewhere(lambda: l.append(9))
    return x
try:
    l.sort(key=key)
except ValueError as e:
    print("8", e, looks, sorted(l)[:3])  # expect: 8 list modified during sort [([], 0)] [1, 2, 3]

# --- 10: iteration while others change
l = list(range(10))
it = iter(l)
first = [next(it), next(it)]
elsewhere(lambda: (l.append(10), l.__delitem__(2)))
print("10", first, list(it), next(it, "end"))  # expect: 10 [0, 1] [3, 4, 5, 6, 7, 8, 9, 10] end
for c, change, back in (({1: 1, 2: 2}, lambda: c.__setitem__(3, 3), None), ({1: 1, 2: 2}.keys(), None, None), ({1, 2}, lambda: c.add(3), None), (collections.deque([1, 2]), lambda: c.append(3), None), (collections.OrderedDict([(1, 1), (2, 2)]), lambda: c.__setitem__(3, 3), None)):
    it = iter(c)
    next(it)
    if change:
        elsewhere(change)
        try:
            next(it)
            print("went on")
        except RuntimeError as e:
            print("10", e)
# expect: 10 dictionary changed size during iteration
# expect: 10 Set changed size during iteration
# expect: 10 deque mutated during iteration
# expect: 10 OrderedDict mutated during iteration

# --- 11: what is running refuses, whatever it is and whatever is asked of it; afterwards it goes on
def refused(f):
    r = elsewhere(f)
    return type(r).__name__ + ": " + str(r)
seen = []
def gen():
    for f in lambda: next(g), lambda: g.send(1), lambda: g.throw(KeyError), lambda: g.close():
        seen.append(refused(f))
    yield 1
    yield 2
g = gen()
print(list(g), set(seen))  # expect: [1, 2] {'ValueError: generator already executing'}
async def co():
    seen.append(refused(lambda: c.send(None)))
    seen.append(refused(lambda: c.close()))
seen.clear()
c = co()
try:
    c.send(None)
except StopIteration:
    print(set(seen))  # expect: {'ValueError: coroutine already executing'}
async def agen():
    seen.append(refused(lambda: a.__anext__().send(None)))
    yield 5
seen.clear()
a = agen()
try:
    a.__anext__().send(None)
except StopIteration as e:
    print(e.value, len(seen), seen[0].split(":")[0] in ("RuntimeError", "ValueError"))  # expect: 5 1 True

# --- 16: loops that wait for a variable of any kind end
class Slots:
    __slots__ = ("flag",)
o, inst, l, d = Slots(), types.SimpleNamespace(flag=False), [False], {"flag": False}
o.flag = False
cell = False
ended = []
def waits(what, test):
    def go():
        while not test():
            pass
        ended.append(what)
    return go
def in_line():
    while not inst.flag:
        pass
    while not l[0]:
        pass
    while not d["flag"]:
        pass
    ended.append("in line")
def outer():
    cell = False
    def waiter():
        while not cell:
            pass
        ended.append("closure")
    def setter():
        nonlocal cell
        cell = True
    return waiter, setter
waiter, setter = outer()
ts = [threading.Thread(target=f) for f in (waits("slot", lambda: o.flag), waits("list", lambda: l[0]), in_line, waiter)]
for t in ts:
    t.start()
time.sleep(0.02)
o.flag = inst.flag = l[0] = d["flag"] = True
setter()
for t in ts:
    t.join(10)
print("16", sorted(ended))  # expect: 16 ['closure', 'in line', 'list', 'slot']

# --- 20: classes, modules and module-level functions go at a collection
def leave():
    m = types.ModuleType("gone")
    exec("class C: pass\ndef f(): pass", vars(m))
    return [weakref.ref(x) for x in (m, m.C, m.f)]
refs = elsewhere(leave)
for _ in range(3):
    gc.collect()
print("20", [r() for r in refs])  # expect: 20 [None, None, None]

# --- 23: what comes between two instructions leaves no lock behind: `with lock:` gives it back
set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc
set_async.argtypes, set_async.restype = (ctypes.c_ulong, ctypes.py_object), ctypes.c_int
class Stop(Exception):
    pass
held, rlock, caught, ready, over = threading.Lock(), threading.RLock(), [0], [False], False
def works():
    while not over:
        try:
            ready[0] = True # from here on it may come
            while not over:
                with held:
                    pass
                with rlock, held:
                    len("x")
        except Stop:
            caught[0] += 1
t = threading.Thread(target=works)
t.start()
for _ in range(150):
    while not ready[0]:
        time.sleep(0.0002)
    ready[0] = False
    set_async(t.ident, Stop)
    before, limit = caught[0], time.monotonic() + 5
    while caught[0] == before and time.monotonic() < limit:
        time.sleep(0.0002)
over = True
t.join(10)
print("23", t.is_alive(), held.locked(), held.acquire(timeout=5), rlock.acquire(timeout=5), caught[0] > 100)  # expect: 23 False False True True True

# --- 24: what is made when it is first asked for is one thing afterwards
class Lazy:
    @functools.cached_property
    def value(self):
        return [self]
for _ in range(40):
    o, got = Lazy(), []
    together(*[lambda: (o.value, got.append(o.__dict__["value"])) for _ in range(3)])
    assert o.value is o.value and all(g == [o] for g in got)
Color = enum.Enum("Color", "red green")
got = []
together(*[lambda: got.append((Color("1") if 0 else Color(1), Color["green"], Color.red)) for _ in range(3)])
print("24", len({tuple(map(id, g)) for g in got}))  # expect: 24 1

# --- 27: a running frame's variables are of one moment each, and go on: a, b and i are read in this order
def runs():
    frames.append(sys._getframe())
    a = b = i = 0
    while not over:
        i += 1
        a = i
        b = i
frames, over, wrong = [], False, 0
t = threading.Thread(target=runs)
t.start()
while not frames:
    time.sleep(0.001)
before = {}
for _ in range(300):
    v = dict(frames[0].f_locals)
    a, b, i = v.get("a", 0), v.get("b", 0), v.get("i", 0)
    wrong += not (a <= i and b <= i and all(v.get(k, 0) >= before[k] for k in before) and frames[0].f_lineno - frames[0].f_code.co_firstlineno in range(1, 8) and frames[0].f_back.f_code.co_name == "run")
    before = v
over = True
t.join()
print("27", wrong)  # expect: 27 0

# --- 29: list(), tuple(), set(), dict(), sorted() of what others change take one moment of it: here every moment has N things, whose sum is known
def rolls(c):
    def f():
        for i in range(700):
            if type(c) is list:
                c[:] = range(i, i + 50)
            elif type(c) is bytearray:
                c[:] = bytes([i % 200]) * 50
            elif type(c) is collections.deque:
                c.rotate(7)
            else:
                c.clear()
    return f
wrong = []
def takes(c):
    def f():
        for _ in range(250):
            for how in list, tuple, sorted, collections.deque, set:
                x = how(c)
                if type(c) is list and len(x) != 50 or type(c) is collections.deque and len(x) != 50 or type(c) is bytearray and len(set(x)) != 1 or type(c) in (dict, set) and len(x) not in (0, 50):
                    wrong.append((type(c), how, len(x)))
    return f
for c in list(range(50)), bytearray(50), collections.deque(range(50)):
    together(rolls(c), takes(c))
for c in dict.fromkeys(range(50)), set(range(50)):
    def fills():
        for _ in range(700):
            c.clear()
            c.update(full) if type(c) is set else None
    full = set(range(50))
    together(fills, takes(c))
print("29", wrong[:3])  # expect: 29 []

# --- 30: attributes stored while another thread asks for __dict__, deletes, or sets others: none is lost, and __dict__ is one
class P:
    def __init__(self):
        self.a, self.b = 1, 2
lost = 0
objects, here = [P() for _ in range(2000)], [[0, 0] for _ in range(2000)]
dicts = [None] * len(objects)
def meet(k, me):
    h, n = here[k], 0
    h[me] = 1
    while 0 in h:
        n += 1
        if n > 100:
            time.sleep(0)
def asks():
    for k, o in enumerate(objects):
        meet(k, 0)
        dicts[k] = vars(o)
def sets():
    for k, o in enumerate(objects):
        meet(k, 1)
        setattr(o, "a", 11)
        setattr(o, "c", 12)
together(asks, sets)
print("30", sum(vars(o) is not d or d != {"a": 11, "b": 2, "c": 12} for o, d in zip(objects, dicts)))  # expect: 30 0

# --- 31: only a memoryview, or a call that writes into it, holds a bytearray's size
b, wrong = bytearray(b"x" * 200), []
def reads():
    for i in range(3000):
        bytes(b), b.find(b"y"), b + b"z", b"".join([b, b"q"]), b.split(b"\n"), b == b"x", b[3:50], int.from_bytes(b)
def resizes():
    for i in range(6000):
        try:
            b.append(1)
            b.pop()
        except BufferError as e:
            wrong.append(e)
together(reads, resizes)
v = memoryview(b)
print("31", wrong, len(b), elsewhere(lambda: b.append(1)))  # expect: 31 [] 200 Existing exports of data: object cannot be re-sized
v.release()
