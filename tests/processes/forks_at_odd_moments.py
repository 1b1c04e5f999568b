# Forks at odd moments: in a thread, a finalizer, an import, a signal handler, an exit function, a comprehension, a generator, a sort; hooks of register_at_fork that raise.
# time: 90
import warnings; warnings.simplefilter("ignore")
import atexit, gc, os, re, signal, subprocess, sys, threading, time, weakref

def fork(code=None):
    """In the child: ends by os._exit after code; the parent waits and returns the status."""
    pid = os.fork()
    if pid == 0:
        try:
            r = code() if code else 0
        except BaseException as e:
            os.write(2, repr(e).encode())
            r = 99
        os._exit(r or 0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def busy():
    """A child that can do everything."""
    l = threading.Lock()
    with l: pass
    t = threading.Thread(target=lambda: out.append(1)); out = []
    t.start(); t.join()
    import json
    d = {i: str(i) for i in range(1000)}
    gc.collect()
    assert out == [1] and json.loads(json.dumps([1])) == [1] and threading.current_thread() is threading.main_thread()
    return 7

print('plain', fork(busy))
# in a thread
out = []
t = threading.Thread(target=lambda: out.append(fork(busy))); t.start(); t.join()
print('thread', out)
# with threads that compute, allocate, lock
stop = []
lock = threading.Lock()
shared = {}
def worker(i):
    while not stop:
        with lock: shared[i] = [i] * 10
        shared.pop(i, None); sorted(str(k) for k in range(50)); '%d' % i; type('C', (), {})()
ts = [threading.Thread(target=worker, args=(i,)) for i in range(3)]
for t in ts: t.start()
print('with threads', {fork(busy) for i in range(6)})
def deep(n): return deep(n - 1) if n else fork(busy)
print('deep', deep(200))
stop.append(1)
for t in ts: t.join()
# in __del__, weakref callback, gc callback
class Del:
    def __del__(self): out.append(fork(busy))
out.clear(); Del(); print('__del__', out)
out.clear(); c = Del(); c.c = c; del c; gc.collect(); print('__del__ in a cycle', out)
class W: pass
out.clear(); w = W(); r = weakref.ref(w, lambda r: out.append(fork(busy))); del w; print('weakref', out)
def cb(phase, info):
    if not out: out.append(fork())
out.clear(); gc.callbacks.append(cb); gc.collect(); gc.callbacks.remove(cb); print('gc callback', out)
# in an import
import types, importlib.machinery
class F:
    def find_spec(s, n, p, t=None): return importlib.machinery.ModuleSpec(n, s) if n == 'zz_fork' else None
    def create_module(s, spec): pass
    def exec_module(s, m):
        m.x = fork(lambda: __import__('zz_fork') is m and busy())
        m.y = fork(lambda: __import__('colorsys') and 8)
sys.meta_path.insert(0, F())
import zz_fork; print('import', zz_fork.x, zz_fork.y)
out.clear(); del sys.modules['zz_fork']
t = threading.Thread(target=lambda: out.append(__import__('zz_fork').x)); t.start(); t.join(); print('import in a thread', out)
# in a signal handler
out.clear()
signal.signal(signal.SIGUSR1, lambda *a: out.append(fork(busy)))
os.kill(os.getpid(), signal.SIGUSR1); time.sleep(.01); print('signal handler', out)
# in the middle of operations
class K:
    def __init__(s, x): s.x = x
    def __lt__(s, o):
        if not out: out.append(fork(busy))
        return s.x < o.x
    def __hash__(s): return 1
    def __eq__(s, o):
        if not out: out.append(fork(busy))
        return s.x == o.x
out.clear(); l = [K(i) for i in (3, 1, 2)]; l.sort(); print('sort', out, [k.x for k in l])
out.clear(); d = {K(1): 1}; d[K(2)] = 2; print('dict', out, len(d))
out.clear(); s = {K(1)}; s |= {K(2)}; print('set', out, len(s))
def gen():
    yield fork(busy)
print('generator', list(gen()), [fork() for i in range(2)])
out.clear(); print('in a lock', end=' ')
with lock: print(fork(lambda: 5 if lock.locked() else 6))
rl = threading.RLock()
with rl: print('in an RLock', fork(lambda: (rl.acquire(), rl.release(), rl.release(), 5)[-1]))
cond = threading.Condition()
def waiter():
    with cond: cond.wait(5)
t = threading.Thread(target=waiter); t.start(); time.sleep(.05)
print('with a waiter', fork(busy), fork(lambda: threading.active_count()))
with cond: cond.notify()
t.join()
import io
f = open('/dev/null', 'w'); f.write('x'); print('with a buffer', fork(lambda: (f.flush(), 3)[1])); f.close()
import queue
q = queue.Queue(); t = threading.Thread(target=q.get); t.start()
while not q.not_empty._waiters: pass
with q.mutex: pass  # it waits and has given the mutex up, which a child would have for ever
print('with a getter', fork(lambda: (q.put(1), q.get(), 4)[-1])); q.put(1); t.join()
loc = threading.local(); loc.x = 1
def in_thread(): loc.x = 2; out.append(fork(lambda: loc.x))
out.clear(); t = threading.Thread(target=in_thread); t.start(); t.join(); print('thread local', out)
# frames of other threads are gone
def holder(): ev.wait(5)
ev = threading.Event(); t = threading.Thread(target=holder); t.start()
print('frames', fork(lambda: len(sys._current_frames())), fork(lambda: len(threading.enumerate()))); ev.set(); t.join()
# grandchildren
print('grandchild', fork(lambda: fork(lambda: fork(busy) + 1) + 1))
# Hooks that raise; last, they stay.
sys.stdout.flush()
def run(code):
    p = subprocess.run([sys.executable, '-W', 'ignore', '-c', 'import os, sys, threading, atexit, signal\n' + code], capture_output=True, text=True, timeout=60)
    print(p.returncode, sorted(p.stdout.split()), *re.sub(r'0x[0-9a-f]+', '0x', re.sub(r'File ".*?([^/"]*)", line \d+', r'File "\1"', re.sub(r'\n( *[~^]+ *)+(?=\n)', '', p.stderr))).splitlines(), sep='\n   ')
for where in ('before', 'after_in_child', 'after_in_parent'):
    run(f'''def bad(): raise KeyError('{where}')
os.register_at_fork({where}=bad)
os.register_at_fork({where}=lambda: print('{where}', flush=True))
pid = os.fork()
print('child' if pid == 0 else 'parent', flush=True) if pid == 0 else (os.waitpid(pid, 0), print('parent'))''')
run('''def f():
    pid = os.fork()
    if pid == 0: print('child exits', flush=True)
    else: os.waitpid(pid, 0); print('parent', flush=True)
atexit.register(f)
atexit.register(print, 'first')''')
run('''pid = os.fork()
atexit.register(print, 'exit of', 'child' if pid == 0 else 'parent')
if pid == 0: raise SystemExit(3)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))''')
run('''def f():
    pid = os.fork()
    if pid == 0: sys.exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t = threading.Thread(target=f); t.start(); t.join()''')
run('''def f():
    pid = os.fork()
    if pid == 0: 1 / 0
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t = threading.Thread(target=f, name='T'); t.start(); t.join()''')
run('''import time
def f():
    time.sleep(.1)
    pid = os.fork()
    if pid: print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
threading.Thread(target=f).start()''')
run('''class A:
    def __del__(self):
        try: pid = os.fork()
        except Exception as e: print(type(e).__name__)
        else:
            if pid == 0: os._exit(4)
            print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
a = A()''')
run('''class A:
    def __del__(self):
        try: threading.Thread(target=print).start()
        except Exception as e: print(type(e).__name__)
a = A()''')
run('''print('once')
pid = os.fork()
if pid: os.waitpid(pid, 0)''')
run('''print('once')
pid = os.fork()
if pid == 0: os._exit(0)
os.waitpid(pid, 0)''')
run('''def g():
    try: yield os.fork()
    finally: print('finally', flush=True)
pid = next(x := g())
if pid: os.waitpid(pid, 0)''')
run('''import _thread
def f():
    pid = os.fork()
    if pid == 0: _thread.interrupt_main(); import time; time.sleep(.1); print('not interrupted')
    else: print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t = threading.Thread(target=f); t.start(); t.join()''')
