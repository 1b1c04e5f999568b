# A finalizer, or the callback of a weak reference, that an operation sets off sees the container as that operation leaves it. threads.md 25
# SPDX-License-Identifier: MIT
import collections, gc, threading, weakref

class F:
    """Tells what the container holds when it dies."""
    def __init__(self, n):
        self.n = n
    def __del__(self):
        seen.append(shown(box[0]))
    def __eq__(self, other):
        return self.n == getattr(other, "n", other)
    def __hash__(self):
        return hash(self.n)
class W:
    """The same by a callback."""
    def __init__(self, n):
        self.n = n
        refs.append(weakref.ref(self, lambda r: seen.append(shown(box[0]))))
    __eq__, __hash__ = F.__eq__, F.__hash__
refs, seen, box = [], [], [None]
def plain(x):
    return f"<{x.n}>" if type(x) in (F, W) else x
def shown(c):
    return sorted(map(repr, ((plain(k), plain(v)) for k, v in list(c.items())))) if isinstance(c, dict) else sorted(repr(plain(x)) for x in list(c)) if isinstance(c, set) else [plain(x) for x in list(c)]

N = 6
makers = {
    list: lambda T: [T(i) for i in range(N)], collections.deque: lambda T: collections.deque((T(i) for i in range(N)), N), dict: lambda T: {i: T(i) for i in range(N)},
    collections.OrderedDict: lambda T: collections.OrderedDict((i, T(i)) for i in range(N)), set: lambda T: {T(i) for i in range(N)},
}
operations = {
    list: ("c[0] = None", "c[-1] = 5", "del c[0]", "del c[2]", "del c[1:4]", "del c[::2]", "c[1:3] = [7]", "c[1:3] = [7, 8, 9]", "c[::3] = [1, 2]", "c[:] = []", "c.clear()", "c.pop(); 0", "c.pop(1); 0", "c.remove(c[2])", "c *= 0", "c[2:4] = (1,)"),
    collections.deque: ("c[0] = None", "c[-1] = 5", "del c[0]", "del c[2]", "c.clear()", "c.pop(); 0", "c.popleft(); 0", "c.append(1)", "c.appendleft(1)", "c.remove(c[2])", "c *= 0", "c.extend([1])", "c.insert(0, 3) if len(c) < c.maxlen else c.append(4)"),
    dict: ("c[0] = None", "del c[0]", "c.pop(3); 0", "c.popitem(); 0", "c.clear()", "c.update({1: 1})", "c |= {2: 2}", "c[5] = 5"),
    set: ("c.clear()", "c.remove(2)", "c.discard(3)", "c.pop(); 0", "c -= {1}", "c &= set()", "c.difference_update([0])", "c.intersection_update([])"),
}
operations[collections.OrderedDict] = operations[dict] + ("c.popitem(last=False); 0", "c.move_to_end(2); c[2] = 2")

def check(kind, T, text):
    global seen
    code = compile(text, "op", "exec")
    c = box[0] = makers[kind](T)
    seen.clear()
    exec(code, {"c": c})
    after, at = shown(c), list(seen)
    if not at:
        print(kind, text, "set nothing off")
    elif any(s != after for s in at):
        print(T.__name__, kind.__name__, text, "saw", next(s for s in at if s != after), "not", after)
    box[0] = [] if kind is list else ()
    c.clear()
    refs.clear()

def all_of_them():
    for kind, texts in operations.items():
        for text in texts:
            for T in F, W:
                check(kind, T, text)
all_of_them()
print("alone")  # expect: alone
t = threading.Thread(target=all_of_them)
t.start()
t.join()
print("in a thread")  # expect: in a thread

# The same containers, reachable from another thread, which sleeps meanwhile or looks on: what is shared takes other paths.
stop, started = threading.Event(), threading.Event()
def onlooker():
    started.set()
    while not stop.wait(0.001):
        len(box[0])
t = threading.Thread(target=onlooker)
t.start()
started.wait()
all_of_them()
stop.set()
t.join()
print("shared")  # expect: shared

# Many threads change one container, whose items change it again when they die: nothing is lost but what was taken out, and each item dies once.
died, lock = [], threading.Lock()
class Once:
    def __init__(self, n):
        self.n = n
    def __del__(self):
        with lock:
            died.append(self.n)
        pool.append(None)
pool = []
def churn(k):
    for i in range(500):
        pool.append(Once((k, i)))
        pool.insert(0, Once((k, i + 500)))
        del pool[len(pool) // 2:len(pool) // 2 + 2]
        pool[0] = None
ts = [threading.Thread(target=churn, args=(k,)) for k in range(4)]
for t in ts:
    t.start()
for t in ts:
    t.join()
while any(type(x) is Once for x in pool):
    pool[:] = [x for x in list(pool) if type(x) is not Once] # the old ones die here, and add their None to what came
gc.collect()
print(len(died), sorted(died) == sorted((k, i) for k in range(4) for i in range(1000)))  # expect: 4000 True
