# Every container and shared iterator, changed by eight threads at once: nothing lost, nothing doubled, no value under a foreign key. threads.md 9
# time: 90
import _thread, sys
lock = _thread.allocate_lock()
N = 8
def run(fn, n=N):
    left = [n]; done = _thread.allocate_lock(); done.acquire()
    errs = []
    def body(i):
        try: fn(i)
        except BaseException as e: errs.append(repr(e))
        with lock:
            left[0] -= 1
            if left[0] == 0: done.release()
    for i in range(n): _thread.start_new_thread(body, (i,))
    done.acquire()
    if errs: print(fn.__name__, set(errs))
L = []
def t1(i):
    for k in range(20000): L.append((i, k))
run(t1); print(len(L), len(set(L)))
def t2(i):
    for k in range(5000): L.pop()
run(t2); print(len(L))
D = {}
def t3(i):
    for k in range(5000):
        D[str(k)] = str(k)
        D[(i, k)] = k
        if k % 3 == 0: del D[(i, k)]
        x = D.get(str(k - 1))
        assert x is None or x == str(k - 1)
run(t3); print(len(D))
def t4(i):
    for k in range(5000):
        D.pop(str(k), None)
        D.setdefault(str(k), str(k))
        try: key, v = D.popitem()
        except KeyError: continue
        assert (isinstance(key, str) and key == v) or key[1] == v, (key, v)
run(t4)
S = set()
def t5(i):
    for k in range(5000):
        S.add((i, k)); S.add(k)
        if k % 5 == 0: S.discard((i, k))
        assert k in S
run(t5); print(len(S))
it = iter(range(100000)); seen = [[] for _ in range(N)]
def t6(i):
    seen[i].extend(it)
run(t6); a = [x for s in seen for x in s]; print(len(a), len(set(a)))
it = iter(list(range(100000))); seen = [[] for _ in range(N)]
run(t6); a = [x for s in seen for x in s]; print(len(a), len(set(a)))
it = iter(dict.fromkeys(range(100000))); seen = [[] for _ in range(N)]
run(t6); a = [x for s in seen for x in s]; print(len(a), len(set(a)))
import itertools
it = itertools.count(); got = [[] for _ in range(N)]
def t7(i):
    for _ in range(20000): got[i].append(next(it))
run(t7); a = [x for s in got for x in s]; print(len(a), len(set(a)))
for mk in (lambda: itertools.chain(range(30000), range(30000, 60000)), lambda: itertools.islice(range(100000), 60000), lambda: itertools.accumulate([1] * 60000), lambda: zip(range(60000)), lambda: enumerate(range(60000)), lambda: map(abs, range(60000)), lambda: itertools.product(range(60), range(1000)), lambda: itertools.combinations(range(300), 2), lambda: itertools.cycle([1, 2]) if 0 else itertools.repeat(1, 1000)):
    it = mk(); seen = [[] for _ in range(N)]
    run(t6); a = [x for s in seen for x in s]; print(type(it).__name__, len(a), len(set(a)))
from _collections import deque
q = deque()
def t8(i):
    for k in range(10000):
        q.append((i, k)); q.appendleft(k)
        try: q.pop(); q.popleft()
        except IndexError: pass
run(t8); print(len(q))
L = list(range(1000))
def t9(i):
    for k in range(300):
        if i % 4 == 0: L[10:20] = range(10); L.reverse()
        elif i % 4 == 1: L.insert(5, k); del L[5]
        elif i % 4 == 2: x = L[:]; assert 900 < len(x) < 1100; y = sum(L)
        else:
            for v in L: pass
            5 in L
            try: L.index(-5)
            except ValueError: pass
run(t9); print(len(L))
def t10(i):
    for k in range(100):
        try: L.sort()
        except ValueError: pass
        try: L.append(L.pop())
        except IndexError: pass
run(t10); print('sorted', len(L) > 900)
from _queue import SimpleQueue
sq = SimpleQueue(); out = SimpleQueue()
def t11(i):
    if i % 2:
        for k in range(5000): sq.put((i, k))
    else:
        for k in range(5000): out.put(sq.get())
run(t11); print(out.qsize(), sq.qsize())
class K:
    def __init__(s, v): s.v = v
    def __hash__(s): return s.v % 7
    def __eq__(s, o): return s.v == o.v
DK = {}
def t12(i):
    for k in range(300):
        DK[K(k)] = k
        assert DK[K(k)] == k
        if k % 4 == 0: DK.pop(K(k // 2), None)
def t12s(i):
    for k in range(300): DK[K(k)] = k; x = DK.get(K(k)); assert x is None or x == k; DK.pop(K(k // 2), None)
run(t12s); print('keys', len(DK))
