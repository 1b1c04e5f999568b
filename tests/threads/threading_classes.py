"""threading's classes over _thread: locks, conditions, semaphores, barriers, queues, thread-local data."""  # threads.md 14
# SPDX-License-Identifier: MIT
import threading, queue, sys
def w(q, out):
    while True:
        x = q.get()
        if x is None: break
        out.append(x*2)
q = queue.Queue(); out = []
ts = [threading.Thread(target=w, args=(q,out)) for _ in range(4)]
for t in ts: t.start()
for i in range(20000): q.put(i)
for _ in ts: q.put(None)
for t in ts: t.join()
print(len(out), sum(out))
lock = threading.Lock(); n = 0
def inc():
    global n
    for _ in range(20000):
        with lock: n += 1
ts = [threading.Thread(target=inc) for _ in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(n)
cond = threading.Condition(); items = []
def prod():
    for i in range(1000):
        with cond: items.append(i); cond.notify()
def cons(res):
    for i in range(1000):
        with cond:
            while not items: cond.wait()
            res.append(items.pop(0))
res = []
a = threading.Thread(target=prod); b = threading.Thread(target=cons, args=(res,)); b.start(); a.start(); a.join(); b.join(); print(len(res), res == list(range(1000)))
sem = threading.Semaphore(2); bar = threading.Barrier(3); r = []
def s():
    with sem: r.append(1)
    r.append(bar.wait() >= 0)
ts = [threading.Thread(target=s) for _ in range(3)]
for t in ts: t.start()
for t in ts: t.join()
print(len(r), threading.active_count(), threading.main_thread() is threading.current_thread())
loc = threading.local()
class L(threading.local):
    def __init__(self, x): self.x = x
o = L(5); o.x = 6; seen = []
def g(): seen.append(o.x); loc.y = 1; seen.append(hasattr(loc, 'y'))
t = threading.Thread(target=g); t.start(); t.join(); print(seen, o.x, hasattr(loc,'y'))
print(sorted(len(f.__class__.__name__) for f in sys._current_frames().values()))
