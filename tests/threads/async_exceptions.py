# ctypes.pythonapi.PyThreadState_SetAsyncExc: an exception raised in another thread, between two of its instructions. threads.md 23
import ctypes, threading, time

set_async = ctypes.pythonapi.PyThreadState_SetAsyncExc
set_async.argtypes = (ctypes.c_ulong, ctypes.py_object)
set_async.restype = ctypes.c_int

class Stop(Exception):
    pass

def busy(log, started):
    try:
        started.set()
        while True:
            sum(range(50))
    except Stop as e:
        log.append((type(e).__name__, e.args))
    finally:
        log.append("finally")

log, started = [], threading.Event()
t = threading.Thread(target=busy, args=(log, started))
t.start()
started.wait()
print(set_async(t.ident, Stop))  # expect: 1
t.join()
print(log)  # expect: [('Stop', ()), 'finally']
print(set_async(t.ident + 1, Stop))  # expect: 0

# A thread that waits gets it when the wait is over.
log, go = [], threading.Event()
def waits():
    try:
        started.set()
        go.wait()
        for i in range(10000):
            pass
        log.append("went on")
    except Stop:
        log.append("stopped")
started.clear()
t = threading.Thread(target=waits)
t.start()
started.wait()
time.sleep(0.05)
set_async(t.ident, Stop)
time.sleep(0.05)
print(log)  # expect: []
go.set()
t.join()
print(log)  # expect: ['stopped']

# In the thread itself.
try:
    set_async(threading.get_ident(), KeyError)
    for i in range(1000):
        pass
    print("?")
except KeyError as e:
    print("KeyError", e.args)  # expect: KeyError ()

# Nothing is lost or left in a mess when threads are struck a thousand times a second.
hits, stop = [0] * 4, False # a thread may be struck where its loop begins, and end
lock, shared, total = threading.Lock(), {}, [0] * 4
def work(n):
    while not stop:
        with lock:
            shared[n] = shared.get(n, 0) + 1
            shared.setdefault((n, shared[n] % 50), []).append(n)
        a = sorted(str(i) for i in range(30))
        d = {k: [k] for k in a}
        assert len(d) == 30
        total[n] += 1
def struck(n):
    while not stop:
        try:
            try:
                work(n)
            except Stop:
                hits[n] += 1
        except Stop: # it may come twice, and while the first is handled
            hits[n] += 1
threading.excepthook = lambda args: None # or just before the end
threads = [threading.Thread(target=struck, args=(n,)) for n in range(4)]
for t in threads:
    t.start()
while not all(total): # nobody is struck while it is still starting
    time.sleep(0.001)
begin = time.monotonic()
while time.monotonic() < begin + (1 if sum(hits) > 10 else 20): # a busy machine
    for t in threads:
        set_async(t.ident, Stop)
    time.sleep(0.001)
stop = True
for t in threads:
    while t.is_alive():
        t.join(0.05)
print(sum(hits) > 10, lock.acquire(timeout=5), all(set(v) <= {k[0]} for k, v in shared.items() if isinstance(k, tuple)))  # expect: True True True
