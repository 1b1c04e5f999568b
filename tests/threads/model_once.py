# Modules, enum members, cached values; shared iterators; finalizers and the container they touch. threads.md 6 24 25
import collections, enum, functools, gc, itertools, os, sys, tempfile, threading
from _together import together

T = 6

# --- a module's body runs once, and nobody sees it half done
with tempfile.TemporaryDirectory() as d:
    sys.path.insert(0, d)
    runs = sys.module_runs = []
    for n in range(5):
        with open(os.path.join(d, f"made_once_{n}.py"), "w") as f:
            f.write("import sys, time\nsys.module_runs.append(__name__)\nfirst = 1\ntime.sleep(0.005)\nlast = 2\n")
        got = []
        together(*[lambda: got.append(__import__(f"made_once_{n}").last)] * T)
        assert got == [2] * T, got
    sys.path.remove(d)
print(len(runs), len(set(runs)))  # expect: 5 5

# --- enum members are single, those that are combined on demand too
class Flag(enum.Flag):
    a, b, c, d = enum.auto(), enum.auto(), enum.auto(), enum.auto()
for n in range(1, 16):
    got = []
    together(*[lambda: got.append(Flag(n))] * T)
    assert all(g == got[0] and g.value == n for g in got)
    assert Flag(n) is Flag(n)
print([m.name for m in Flag])  # expect: ['a', 'b', 'c', 'd']

# --- a cache that is asked by many: each call is a hit or a miss, the result belongs to the argument, and stays
@functools.lru_cache(maxsize=None)
def cached(x):
    return [x]
got = [[] for _ in range(T)]
together(*[lambda k=k: got[k].extend(cached(i % 100) for i in range(1000)) for k in range(T)])
info = cached.cache_info()
assert all(g[i][0] == i % 100 for g in got for i in range(1000))
print(info.hits + info.misses == T * 1000, info.currsize, all(cached(i) is cached(i) for i in range(100)))  # expect: True 100 True
class Lazy:
    @functools.cached_property
    def value(self):
        return [self]
for _ in range(50):
    o, got = Lazy(), []
    together(*[lambda: got.append(o.value)] * 3)
    assert all(g == [o] for g in got) and o.value is o.value and any(g is o.value for g in got)
print("kept")  # expect: kept

# --- shared iterators neither lose nor repeat, one inside the other
N = 3000
for make in (lambda: zip(itertools.count(), range(N)), lambda: map(lambda x: (x, x), range(N)), lambda: filter(None, range(1, N)), lambda: itertools.chain(range(N), range(N, 2 * N)),
             lambda: itertools.islice(itertools.count(), N), lambda: enumerate(range(N)), lambda: iter([0] * N), lambda: reversed(range(N)), lambda: itertools.takewhile(lambda x: x < N, itertools.count())):
    it, got = make(), [[] for _ in range(T)]
    together(*[lambda k=k: got[k].extend(it) for k in range(T)])
    every = sorted(sum(got, []))
    want = sorted(make())
    if make().__class__ is zip:
        every, want = sorted(b for a, b in every), sorted(b for a, b in want) # what zip takes from its first before it knows that the second has ended is gone
    elif make().__class__ is enumerate:
        every, want = [sorted(col) for col in zip(*every)], [sorted(col) for col in zip(*want)] # number and item are taken one after the other
    assert every == want, (make(), len(every), len(want))
print("each once")  # expect: each once

# --- a finalizer that changes the very container whose operation dropped its object: the operation is over by then
class F:
    def __init__(self, act):
        self.act = act
    def __del__(self):
        self.act()
def fresh(act):
    l, d, s, q = [], {}, set(), collections.deque()
    for i in range(4):
        l.append(F(lambda: act(l))), d.__setitem__(i, F(lambda: act(d))), s.add(F(lambda: act(s))), q.append(F(lambda: act(q)))
    return l, d, s, q
def grow(c):
    for i in range(50):
        c.update({("k", i): i}) if type(c) is dict else c.add(("k", i)) if type(c) is set else c.append(("k", i))
def empty(c):
    c.clear()
def churn():
    for act in grow, empty:
        l, d, s, q = fresh(act)
        l[0] = None
        del l[0:1]
        l[:] = [1, 2]
        l.clear()
        d[0] = None
        d.pop(1, None)
        d.clear()
        s.clear()
        q.clear()
        l, d, s, q = fresh(act)
        l.pop() if l else None
        if len(d):
            d.popitem()
        if s:
            s.pop()
        if q:
            q.popleft()
        l *= 0
        d.update({0: 1, 1: 2})
        s -= set(s)
        q.extend([1, 2])
        assert all(x is None or type(x) in (int, tuple, F) for c in (l, list(d.values()), s, q) for x in list(c))
together(*[lambda: [churn() for _ in range(30)]] * 4)
shared = [F(lambda: shared.append(None)) for _ in range(20)]
def replace():
    for i in range(200):
        try:
            shared[i % 10] = F(lambda: shared.append(None))
            del shared[10:]
            shared.append(F(lambda: shared.clear() if len(shared) > 100 else None))
        except IndexError:
            shared.extend([None] * 10)
together(*[replace] * 4)
shared.clear()
gc.collect()
print("over")  # expect: over
