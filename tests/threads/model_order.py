# What is not atomic stays whole, order between threads, destruction, exit, signals. threads.md 7 8 9 10 11 13 14 15 16 17 18 19 21 23
import gc, itertools, os, queue, signal, sys, threading, time, weakref
from concurrent.futures import ThreadPoolExecutor
from _together import together
sys.setswitchinterval(1e-4)
N, T = 4000, 4

def same(what, a, b):
    print(what, 'ok' if a == b else f'WRONG: {a!r:.200} instead of {b!r:.200}', flush=True)

# 7. the cure for x += 1
x, lock = 0, threading.Lock()
def add():
    global x
    for _ in range(N):
        with lock: x += 1
together(*[add] * T)
same('7 lock', x, N * T)

# 8. sort
class K:
    def __init__(self, n): self.n = n
    def __lt__(self, o): return self.n < o.n
l = [K(i * 7919 % N) for i in range(N)]
seen = set()
def sorter():
    try: l.sort()
    except ValueError as e: seen.add(str(e))
def changer():
    for i in range(200): l.append(K(-1)); len(l)
together(sorter, changer)
same('8 sort', seen <= {'list modified during sort'} and all(type(k) is K for k in l), True)

# 9. never a value that was not stored
d, l, bad = {}, [], []
def churn(k):
    def f():
        for i in range(N):
            d[i % 97] = (i % 97, k); d.pop((i * 7) % 97, None)
            l.append((k, i)); l[len(l) // 2:len(l) // 2 + 2] = []
            if i % 500 == 0: d.clear(); l.clear()
    return f
def check():
    for i in range(N):
        v = d.get(i % 97)
        if v is not None and v[0] != i % 97: bad.append(v)
        for v in l[-3:]:
            if type(v) is not tuple or len(v) != 2: bad.append(v)
together(churn(1), churn(2), check, check)
same('9 whole', bad, [])

# 10. iterating while others change
l, bad, stop = list(range(100)), [], False
def mutate():
    for i in range(N): l.append(i); l.pop(0)
def walk():
    for _ in range(N // 20):
        for n, v in enumerate(l):
            if not (type(v) is int and 0 <= v < N): bad.append(v)
            if n > 100000: bad.append('endless'); break
together(mutate, walk, walk)
same('10 list', bad, [])
d, s, other = {i: i for i in range(200)}, set(range(200)), set()
def mutate():
    for i in range(N): d[i + 1000] = i; s.add(i + 1000); d.pop(i + 1000); s.discard(i + 1000)
def walk():
    for _ in range(N // 20):
        for c in (d, s):
            try:
                for v in c: v + 1
            except RuntimeError as e: other.add(str(e))
together(mutate, walk, walk)
same('10 dict and set', other <= {'dictionary changed size during iteration', 'dictionary keys changed during iteration', 'Set changed size during iteration'}, True)

# 11. a generator that runs elsewhere
def gen():
    started.set(); wait.wait(); yield 1; yield 2
started, wait = threading.Event(), threading.Event()
g, got = gen(), []
t = threading.Thread(target=lambda: got.append(next(g))); t.start(); started.wait()
try: next(g); r = 'resumed'
except ValueError as e: r = str(e)
wait.set(); t.join()
same('11 running', (r, got, next(g)), ('generator already executing', [1], 2))
g, got = (i for i in range(N * T)), [[] for _ in range(T)]
def take(k):
    def f():
        while True:
            try: got[k].append(next(g))
            except ValueError: continue
            except StopIteration: return
    return f
together(*[take(k) for k in range(T)])
same('11 shared generator', sorted(sum(got, [])), list(range(N * T)))

# 13, 14, 15. order
class Box: pass
ok = []
for i in range(200):
    b = Box(); b.v = i
    t = threading.Thread(target=lambda: (ok.append(b.v == i), setattr(b, 'w', [i]))); t.start(); t.join(); ok.append(b.w == [i])
same('13 start and join', all(ok), True)
class Data: pass
data, sem, ev, cond, bad = Data(), threading.Semaphore(0), threading.Event(), threading.Condition(), []
data.n = 0
def ping():
    for i in range(1, 500): data.n = i; data.pair = [i, i]; sem.release(); back.get()
def pong():
    for i in range(1, 500):
        sem.acquire()
        if data.n != i or data.pair != [i, i]: bad.append(i)
        back.put(i)
back = queue.Queue()
together(ping, pong)
same('14 semaphore and queue', bad, [])
with ThreadPoolExecutor(2) as ex: same('14 futures', [f.result()['k'][0] for f in [ex.submit(lambda i=i: {'k': [i]}) for i in range(300)]], list(range(300)))
slot, bad = Data(), []
slot.o = None
class Item:
    def __init__(self, n): self.a = n; self.l = [n] * 3; self.d = {'n': n}
def publish():
    for i in range(N): slot.o = Item(i)
def consume():
    for _ in range(N):
        o = slot.o
        if o is not None and not (o.a == o.l[0] == o.l[2] == o.d['n'] and len(o.l) == 3): bad.append(vars(o))
together(publish, consume, consume)
same('15 whole when seen', bad, [])

# 16. waiting for a variable
flag, stopped = False, []
class Flags: flag = False
def wait_global():
    while not flag: pass
    stopped.append('global')
def wait_attr():
    while not Flags.flag: pass
    stopped.append('attribute')
ts = [threading.Thread(target=f) for f in (wait_global, wait_attr)]
for t in ts: t.start()
time.sleep(0.02); flag = True; Flags.flag = True
for t in ts: t.join(10)
same('16 loops end', sorted(stopped), ['attribute', 'global'])

# 17, 18, 19. destruction
log = []
class F:
    def __del__(self): log.append((threading.current_thread().name, ref() is self)); runs[0] += 1
runs = [0]
def owner():
    global ref
    f = F(); ref = weakref.ref(f); q.put(f); back.get(); del f; back2.put('dropped')
q, back, back2 = queue.Queue(), queue.Queue(), queue.Queue()
t = threading.Thread(target=owner, name='owner'); t.start()
f = q.get(); back.put(1); back2.get(); t.join()
before = len(log); del f
same('17 at once', (before, log), (0, [('MainThread', True)]))
calls = []
o = F2 = type('F2', (), {})()
r = weakref.ref(o, lambda r: calls.append(threading.current_thread().name))
def dropper(): box.pop()
box = [o]; del o, F2
t = threading.Thread(target=dropper, name='dropper'); t.start(); t.join()
same('19 callback', calls, ['dropper'])
counts = []
class Once:
    def __del__(self): counts.append(id(self))
for _ in range(300):
    o = Once(); ts = [threading.Thread(target=lambda o: None, args=(o,)) for _ in range(2)]
    for t in ts: t.start()
    del o
    for t in ts: t.join()
del t, ts
same('18 once', len(counts), 300)

# 21. daemon threads do not keep the process; others do
code = "import threading,time,sys\nthreading.Thread(target=lambda: (time.sleep(.05), print('joined'))).start()\nthreading.Thread(target=lambda: (time.sleep(30), print('never')), daemon=True).start()"
import subprocess
r = subprocess.run([sys.executable, '-X', 'gil=%d' % sys._is_gil_enabled(), '-c', code], capture_output=True, text=True, timeout=20)
same('21 exit', (r.stdout, r.stderr, r.returncode), ('joined\n', '', 0))

# 23. signals
where = []
signal.signal(signal.SIGUSR1, lambda *a: where.append(threading.current_thread() is threading.main_thread()))
def sender():
    for _ in range(20): os.kill(os.getpid(), signal.SIGUSR1); time.sleep(0.002)
t = threading.Thread(target=sender); t.start()
while t.is_alive(): sum(range(100))
t.join()
same('23 main thread', bool(where) and all(where), True)
