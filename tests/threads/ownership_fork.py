# fork in a process with threads: the child goes on with what it has, runs nobody's finalizers, starts threads, collects. threads.md 22
# tsan: children start threads
import gc, os, threading, time

class Loud:
    def __del__(self):
        os.write(2, b"finalizer in the child\n") if os.getpid() != parent else None
parent = os.getpid()
stop = False
shared = {}

def worker(n):
    mine = [Loud() for _ in range(10)]
    while not stop:
        shared[n] = [object() for _ in range(50)]
        d = {i: [i] for i in range(20)}
        d["d"] = d

ts = [threading.Thread(target=worker, args=(n,)) for n in range(3)]
for t in ts:
    t.start()
codes = []
for i in range(8):
    pid = os.fork()
    if pid == 0:
        try:
            out = []
            shared["child"] = [i]
            t = threading.Thread(target=lambda: out.append(sum(len(v) for v in shared.values())))
            t.start()
            t.join()
            gc.collect()
            ok = out[0] >= 1 and threading.active_count() == 1
            os._exit(0 if ok else 1)
        except BaseException as e:
            os.write(2, repr(e).encode())
            os._exit(2)
    codes.append(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
stop = True
for t in ts:
    t.join()
print(codes)  # expect: [0, 0, 0, 0, 0, 0, 0, 0]
