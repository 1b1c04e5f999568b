# Views, copies, merges, ordered dicts, caches and heaps while other threads change them. threads.md 9
# time: 90
import _thread, sys, itertools, _functools
from _collections import deque, OrderedDict, defaultdict
from _heapq import heappush, heappop
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
    print(fn.__name__, sorted(set(errs)))
D = {i: str(i) for i in range(500)}
def changing_dict(i):
    for k in range(200):
        if i < 3:
            for j in range(20): D[1000 * i + k * 20 + j] = str(1000 * i + k * 20 + j); D.pop(1000 * i + k * 20 + j, None)
            if k % 50 == 49:
                D.clear(); D.update((j, str(j)) for j in range(100))
        else:
            c = D.copy()
            assert all(v == str(kk) for kk, v in c.items())
            for kk in list(D): D.get(kk)
            try:
                for kk, v in D.items(): assert v == str(kk)
            except RuntimeError as e: assert 'changed' in str(e)
            list(D.values()); len(D.keys() & {1, 2, 3}); D == c; repr(D)[:1]; dict(D); {**D}; D | {}
run(changing_dict)
S = set(range(300))
def changing_set(i):
    for k in range(200):
        if i < 3:
            for j in range(20): S.add(1000 + i * 100 + j); S.discard(1000 + i * 100 + j)
            if k % 50 == 49: S.clear(); S.update(range(100))
            if k % 30 == 7: S.difference_update(range(50)); S.update(range(50)); S.symmetric_difference_update({5}); S.add(5)
        else:
            c = S.copy(); assert all(isinstance(x, int) for x in c)
            try:
                for x in S: assert isinstance(x, int)
            except RuntimeError: pass
            S | {1}; S & c; S - c; S ^ c; S <= c; frozenset(S); sorted(S)
            try: S.pop()
            except KeyError: pass
run(changing_set)
O = OrderedDict((i, i) for i in range(50))
def ordered(i):
    for k in range(500):
        O[i, k] = k
        try: O.move_to_end((i, k), last=bool(k & 1))
        except KeyError: pass
        try: O.popitem(last=bool(k & 2))
        except KeyError: pass
        x = O.get((i, k)); assert x is None or x == k
        if k % 50 == 0:
            try: list(O.items())
            except (RuntimeError, KeyError): pass
run(ordered)
DD = defaultdict(list)
def defaulted(i):
    for k in range(2000): DD[k % 50].append(i)
run(defaulted)
calls = []
def square(x):
    calls.append(x)
    return x * x
cached = _functools._lru_cache_wrapper(square, 16, False, tuple)
def caching(i):
    for k in range(3000):
        x = (k * 7 + i) % 40
        assert cached(x) == x * x
run(caching)
Q = deque(maxlen=50)
def bounded(i):
    for k in range(2000):
        Q.append((i, k)); Q.rotate(k % 5)
        assert len(Q) <= 50
        try: Q[len(Q) // 2]; Q.remove((i, k)); Q.insert(1, (i, k)); Q.reverse()
        except (ValueError, IndexError): pass
        if k % 100 == 0:
            try: list(Q)
            except RuntimeError: pass
            Q.copy(); Q.extend(range(5)); Q.count(3)
run(bounded)
H = []
def heaps(i):
    for k in range(500):
        try:
            heappush(H, k * 7919 % 1009)
            if k % 2: heappop(H)
        except (IndexError, RuntimeError): pass
run(heaps)
L = [[j] for j in range(200)]
def nested(i):
    for k in range(300):
        a = L[k % 200]; a.append(i)
        L[(k + i) % 200] = list(a[-5:])
        L[i * 10:i * 10 + 3] = L[5:8]
        x = L + L; y = L * 2; z = L[::3]; L == x; repr(L)[:1]; tuple(L)
        L.count([3]); [1] in L
        try: L.index([99999])
        except ValueError: pass
run(nested)
g = itertools.groupby(itertools.count(), lambda x: x // 10)
def grouped(i):
    for _ in range(200):
        k, items = next(g)
        for x in items: assert x // 10 >= k or True
run(grouped)
a, b = itertools.tee(range(20000))
got = [[] for _ in range(N)]
def teed(i):
    got[i].extend(a if i % 2 else b)
run(teed)
print(sorted(x for s in got for x in s) == sorted(list(range(20000)) * 2))
class Node:
    pass
T = {}
def objects(i):
    for k in range(1000):
        n = Node(); n.me = n; n.d = {'k': [k]}
        T[k % 20] = n
        m = T.get((k * 3) % 20)
        if m is not None: assert m.d['k'][0] >= 0
        if k % 100 == 0: T.clear()
run(objects)
