# Exceptions raised in other threads and SIGINT at a kilohertz, into threads that do all kinds of things; then an end with daemon threads in the midst of them. threads.md 23
# time: 120
import sys
from _soak import LONG, SECONDS, python

PROGRAM = """
import asyncio, collections, ctypes, gc, itertools, json, os, pickle, queue, random, re, signal, sys, threading, time, weakref
import logging, warnings
logging.disable()
warnings.simplefilter("ignore")
sys.unraisablehook = lambda u: None
threading.excepthook = lambda a: None
class Hit(Exception): pass
set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc
set_async.argtypes = (ctypes.c_ulong, ctypes.py_object)
class Node:
    def __init__(s, *a): s.a = a
    def __del__(s): s.a = None
    def __eq__(s, o): return isinstance(o, Node) and s.a == o.a
    def __hash__(s): return hash(s.a)
    def __lt__(s, o): return s.a < o.a
L, D, S, W, DQ, Q = [], {}, set(), weakref.WeakValueDictionary(), collections.deque(maxlen=200), queue.SimpleQueue()
lock, cond, G = threading.Lock(), threading.Condition(), iter(range(10**12))
def containers():
    for i in range(50):
        n = Node(i); L.append(n); D[n] = n; S.add(i); W[i] = n; DQ.append(n)
        D.pop(Node(i - 20), None); S.discard(i - 10)
        if len(L) > 500: del L[:]
def sorts(): sorted((Node(random.random()) for _ in range(100)), key=lambda n: n.a); sorted([Node(i * 7 % 50) for i in range(50)])
def cycles():
    n = Node(1); n.me = n; n.l = [n]; Q.put(n); Q.get().x = lambda: n
def collects(): gc.collect(); time.sleep(0.01)
def texts(): json.loads(json.dumps({str(i): [i, None, 'x' * i] for i in range(30)})); pickle.loads(pickle.dumps(list(range(100)))); re.sub('a+', 'b', 'xaaay' * 50)
def gens():
    def g():
        try:
            for i in range(20): yield [i]
        finally: DQ.append(1)
    list(zip(g(), map(str, g()), itertools.islice(G, 20)))
def classes():
    class C(Node):
        @property
        def p(s): return s.a
    assert C(1).p == (1,)
def locks():
    with lock: time.sleep(0.0005)
    with cond: cond.notify_all(); cond.wait(0.001)
async def co(): await asyncio.gather(*[asyncio.sleep(0) for _ in range(5)])
def loops(): asyncio.run(co())
def files():
    r, w = os.pipe()
    try: os.write(w, b'x'); os.read(r, 1)
    finally: os.close(r); os.close(w)
def starts():
    t = threading.Thread(target=containers); t.start(); t.join(5)
def raises():
    try:
        try: {}[1]
        except KeyError as e: raise ValueError(e) from e
    except ValueError as e: L.append(e) ; e.__traceback__.tb_frame.f_locals
jobs = [containers, sorts, cycles, collects, texts, gens, classes, locks, loops, files, starts, raises]
done = collections.Counter()
go = True
def forever(job):
    while go:
        try:
            while go:
                job(); done[job.__name__] += 1
        except BaseException: pass
def shielded(job):
    while go:
        try: forever(job)
        except BaseException: pass
threads = [threading.Thread(target=shielded, args=(j,), daemon=True) for j in jobs]
for t in threads: t.start()
interrupts = [0]
def on_sigint(*a): interrupts[0] += 1; raise KeyboardInterrupt
signal.signal(signal.SIGINT, on_sigint)
end = time.monotonic() + SECONDS
ready = False
def strikes():
    while not ready: time.sleep(0.001)
    while True: # once at least: a slow machine may get here late
        for t in threads:
            if STRIKE: set_async(t.ident, Hit)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.001)
        if time.monotonic() > end: break
striker = threading.Thread(target=strikes)
hits = 0
striker.start()
def works():
    global hits
    while striker.is_alive() or time.monotonic() < end + 0.1:
        try: containers(); raises(); gens(); time.sleep(0.0001)
        except KeyboardInterrupt: hits += 1
def again(f, *args): # an interrupt may come while another is handled
    while True:
        try:
            f(*args)
            break
        except KeyboardInterrupt: pass
try:
    ready = True
    again(*[again] * 9, works) # one that comes between the lines of an `again` meets the next one
except KeyboardInterrupt: again(*[again] * 9, works)
signal.signal(signal.SIGINT, signal.SIG_IGN)
assert interrupts[0] > 0
if END == 'exit': sys.exit(7)
if END == 'raise': raise SystemError('the end')
if END == 'run out': print('ran out')
"""
cases = [("exit", 7, True), ("raise", 1, False), ("run out", 0, True)]
for end, code, strike in cases + [(end, code, not strike) for end, code, strike in cases] * LONG:
    rc, out, err = python(f"SECONDS, STRIKE, END = {SECONDS}, {strike}, {end!r}\n" + PROGRAM, timeout=60 + 5 * SECONDS)
    # Who is struck in the midst of its last words says so; nothing else is heard.
    fine = rc == code and out == ("ran out" if end == "run out" else "") and ("SystemError: the end" in err or end != "raise") and "Fatal" not in err
    if not fine:
        print(end, strike, (rc, out, err[-1500:]))
print("done")  # expect: done
