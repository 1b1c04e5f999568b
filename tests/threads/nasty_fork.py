# fork from a worker while others hold objects with __del__, allocate, hold the locks of containers and files; the child starts threads, collects, exits. threads.md 22
# tsan: children start threads
# time: 120
import gc, os, queue, sys, threading, time, warnings
from _soak import LONG, SECONDS
warnings.simplefilter("ignore", DeprecationWarning)

parent = os.getpid()
class Loud:
    def __init__(self, n=0):
        self.n, self.me = n, None
    def __del__(self):
        if os.getpid() != parent and not getattr(self, "childs", False):
            os.write(2, b"a finalizer of the parent's ran in the child\n")
stop, shared, shared_list, q = False, {}, [], queue.Queue()
log = open(os.devnull, "w")
def holds(n):
    mine = [Loud(i) for i in range(20)]
    while not stop:
        mine[n % 20] = Loud(n)
        shared[n] = [object() for _ in range(50)]
        shared_list.append([n])
        if len(shared_list) > 500:
            del shared_list[:400]
        d = {i: [i] for i in range(20)}
        d["d"] = d
        log.write("x" * 100)
        q.put(n)
        q.get()
def sleeps():
    mine = Loud()
    while not stop:
        time.sleep(0.005)
def collects():
    while not stop:
        gc.collect()
        time.sleep(0.01)

def child(i):
    out = []
    shared["child"] = [i]
    shared_list.append([i])
    def work(k):
        l = Loud()
        l.childs = True
        out.append((k, sum(len(v) for v in shared.values()), sorted(x[0] for x in shared_list[-5:])))
        shared_list.extend([[k]] * 100)
        cycle = [k]
        cycle.append(cycle)
    for round in range(3):
        ts = [threading.Thread(target=work, args=(k,)) for k in range(3)]
        for t in ts:
            t.start()
        for t in ts:
            t.join()
        gc.collect()
    assert len(out) == 9 and all(o[1] >= 1 for o in out), out
    assert threading.active_count() == 1, threading.enumerate()
    assert threading.current_thread() is threading.main_thread()
    r, w = os.pipe()
    os.write(w, b"x")
    assert os.read(r, 1) == b"x"

codes = []
def forks():
    end, n = time.monotonic() + SECONDS * 3, 0
    while time.monotonic() < end and (LONG or n < 12):
        n += 1
        pid = os.fork()
        if pid == 0:
            try:
                child(n)
                if n % 2:
                    os._exit(0)
                sys.stdout.flush()
                os._exit(0)
            except BaseException as e:
                os.write(2, repr(e).encode() + b"\n")
                os._exit(2)
        codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
threads = [threading.Thread(target=holds, args=(n,)) for n in range(3)] + [threading.Thread(target=sleeps), threading.Thread(target=collects)]
for t in threads:
    t.start()
worker = threading.Thread(target=forks)
worker.start()
worker.join()
stop = True
for t in threads:
    t.join()
print(sorted(set(codes)), len(codes) > 0)  # expect: [0] True

# A child that goes on as a program of its own, to its end: exit code, atexit, output.
r, w = os.pipe()
def forks_once():
    pid = os.fork()
    if pid == 0:
        os.dup2(w, 1)
        os.close(r)
        def rest():
            os.write(1, b"the child's thread\n")
        t = threading.Thread(target=rest)
        t.start()
        t.join()
        os.write(1, b"the child\n")
        os._exit(7)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
t = threading.Thread(target=forks_once)
t.start()
t.join()
os.close(w)
print(codes[-1], os.read(r, 1000))  # expect: 7 b"the child's thread\nthe child\n"
