# Single operations are atomic. Lost or doubled items mean that one was not. threads.md 1 2 3 4 5 6
import collections, itertools, queue, sys, threading
from _together import together
sys.setswitchinterval(1e-4)
N, T = 4000, 4

def same(what, a, b):
    print(what, 'ok' if a == b else f'WRONG: {a!r:.200} instead of {b!r:.200}')

# 1. variables of every kind: a value read is one of those stored
class C: x = (0, 0)
o = C(); o.y = (0, 0); g = (0, 0)
def closure():
    v = (0, 0)
    def put(k):
        nonlocal v
        v = (k, k)
    def get(): return v
    return put, get
put, get = closure()
bad = []
def writer(base):
    def f():
        global g
        for i in range(N):
            k = base + i
            C.x = (k, k); o.y = (k, k); g = (k, k); put(k); setattr(o, 'z%d' % (i % 7), (k, k))
    return f
def reader():
    for i in range(N):
        for a, b in (C.x, o.x, o.y, g, get(), getattr(o, 'z%d' % (i % 7), (1, 1))):
            if a != b: bad.append((a, b))
together(writer(0), writer(N), reader, reader)
same('1 variables', bad, [])

# 2. lists
l = []
together(*[lambda k=k: [l.append((k, i)) for i in range(N)] for k in range(T)])
same('2 append', sorted(l), [(k, i) for k in range(T) for i in range(N)])
same('2 order of each', [[i for k, i in l if k == j] for j in range(T)] == [list(range(N))] * T, True)
src, got = list(range(N * T)), [[] for _ in range(T)]
def popper(out):
    def f():
        try:
            while True: out.append(src.pop())
        except IndexError: pass
    return f
together(*[popper(x) for x in got])
same('2 pop', sorted(sum(got, [])), list(range(N * T)))
l = []
together(*[lambda k=k: [l.insert(0, (k, i)) for i in range(800)] for k in range(T)])
same('2 insert', sorted(l), [(k, i) for k in range(T) for i in range(800)])
l = []
together(*[lambda k=k: [l.extend([k] * 5) for i in range(N // 4)] for k in range(2)], *[lambda k=k: [l.extend((k,) * 5) for i in range(N // 4)] for k in (2, 3)])
same('2 extend whole', all(len(set(l[i:i + 5])) == 1 for i in range(0, len(l), 5)) and len(l) == 5 * T * (N // 4), True)
l = [0] * 8; bad = []
def slicer(k):
    def f():
        for _ in range(N): l[2:6] = [k] * 4
    return f
def looker():
    for _ in range(N):
        if len(set(l[2:6])) != 1: bad.append(l[2:6])
        c = l.copy()
        if len(c) != 8 or len(set(c[2:6])) != 1: bad.append(c)
together(slicer(1), slicer((1, 2)), looker, looker)
same('2 slices', bad, [])
l = list(range(100)); bad = []
def look():
    for _ in range(N):
        c = list(l)
        if c not in (up, down): bad.append(c)
up, down = list(range(100)), list(range(99, -1, -1))
together(lambda: [l.reverse() for _ in range(N)], lambda: [l.reverse() for _ in range(N)], look)
same('2 reverse', bad, [])

# 3. dicts
d = {}
together(*[lambda k=k: [d.__setitem__((k, i), i) for i in range(N)] for k in range(T)])
same('3 store', sorted(d), [(k, i) for k in range(T) for i in range(N)])
d, won = {}, [[] for _ in range(T)]
together(*[lambda k=k: [won[k].append(d.setdefault(i, k)) for i in range(N)] for k in range(T)])
same('3 setdefault', all(won[k] == [d[i] for i in range(N)] for k in range(T)), True)
d, got = dict.fromkeys(range(N * 2), 1), [[] for _ in range(T)]
def taker(k):
    def f():
        for i in range(N * 2):
            if d.pop(i, None): got[k].append(i)
    return f
def item_taker(k):
    def f():
        try:
            while True: got[k].append(d.popitem()[0])
        except KeyError: pass
    return f
together(taker(0), taker(1), item_taker(2), item_taker(3))
same('3 pop, popitem', sorted(sum(got, [])), list(range(N * 2)))
d = {i: (i, 0) for i in range(50)}; bad = []
def reader():
    for r in range(N // 10):
        for k in range(50):
            v = d.get(k)
            if v is not None and v[0] != k: bad.append((k, v))
        for k, v in list(d.items()) if r % 2 else [(k, d.get(k)) for k in list(d)]:
            if v is not None and v[0] != k: bad.append((k, v))
        if len(d.copy()) > 50: bad.append(len(d))
together(lambda: [d.__setitem__(i % 50, (i % 50, i)) for i in range(N * 2)], lambda: [d.pop(i % 50, 0) for i in range(N * 2)], reader, reader)
same('3 keys and values belong together', bad, [])

# 4. sets
s = set()
together(*[lambda k=k: [s.add(k * N + i) for i in range(N)] for k in range(T)])
same('4 add', s == set(range(N * T)), True)
got = [[] for _ in range(T)]
def emptier(k):
    def f():
        try:
            while True: got[k].append(s.pop())
        except KeyError: pass
    return f
together(*[emptier(k) for k in range(T)])
same('4 pop', sorted(sum(got, [])), list(range(N * T)))
s, gone = set(range(N)), [0] * T
def remover(k):
    def f():
        for i in range(N):
            try: s.remove(i); gone[k] += 1
            except KeyError: pass
    return f
together(*[remover(k) for k in range(T)])
same('4 remove', (sum(gone), s), (N, set()))

# 5. deque, SimpleQueue, bytearray
q = collections.deque(); out = [[] for _ in range(2)]
def drain(k):
    def f():
        n = 0
        while n < 200000 and len(out[0]) + len(out[1]) < 2 * N:
            n += 1
            try: out[k].append(q.popleft() if n % 2 else q.pop())
            except IndexError: pass
    return f
together(lambda: [q.append(i) for i in range(N)], lambda: [q.appendleft(i) for i in range(N, 2 * N)], drain(0), drain(1))
same('5 deque', sorted(out[0] + out[1] + list(q)), list(range(2 * N)))
q, out = queue.SimpleQueue(), [[] for _ in range(2)]
together(lambda: [q.put(i) for i in range(N)], lambda: [q.put(i) for i in range(N, 2 * N)], *[lambda k=k: [out[k].append(q.get()) for _ in range(N)] for k in range(2)])
same('5 SimpleQueue', sorted(out[0] + out[1]), list(range(2 * N)))
b = bytearray()
together(*[lambda k=k: [b.append(k) for _ in range(N)] for k in range(T)])
same('5 bytearray', [b.count(k) for k in range(T)], [N] * T)
b = bytearray()
together(*[lambda k=k: [b.extend(bytes([k] * 5)) for _ in range(N)] for k in range(T)])
same('5 bytearray extend', all(len(set(b[i:i + 5])) == 1 for i in range(0, len(b), 5)) and len(b) == 5 * N * T, True)

# 6. iterators that threads share
for name, make in (('list', lambda: iter(list(range(N * T)))), ('tuple', lambda: iter(tuple(range(N * T)))), ('range', lambda: iter(range(N * T))), ('dict', lambda: iter(dict.fromkeys(range(N * T)))),
                   ('string', lambda: iter(''.join(map(chr, range(1, N * T + 1))))), ('reversed', lambda: reversed(list(range(N * T)))), ('count', itertools.count), ('enumerate', lambda: enumerate([0] * (N * T))),
                   ('bytes', lambda: iter(bytes(range(256)) * 40)), ('set', lambda: iter(set(range(N * T)))), ('big count', lambda: itertools.count(2**70)), ('range of steps', lambda: iter(range(0, N * 7, 7)))):
    it, got = make(), [[] for _ in range(T)]
    def take(k):
        def f():
            for i, x in enumerate(it):
                got[k].append(x)
                if i == N and 'count' in name: break
        return f
    together(*[take(k) for k in range(T)])
    all_ = sorted(sum(got, []))
    if name == 'count': same('6 ' + name, all_, list(range(len(all_))))
    elif name == 'big count': same('6 ' + name, all_, list(range(2**70, 2**70 + len(all_))))
    elif name == 'enumerate': same('6 ' + name, [i for i, _ in all_], list(range(N * T)))
    else: same('6 ' + name, all_, sorted(make()))
