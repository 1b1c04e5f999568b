# A child of a process with threads has one thread, starts others, and runs nobody's finalizers. threads.md 22
# tsan: the child starts a thread
import gc, os, threading

held, go = threading.Event(), threading.Event()
class D:
    def __del__(self): os.write(2, b'__del__ of a lost thread ran\n') if os.getpid() != me else None
me = os.getpid()
def holder():
    d = D(); held.set(); go.wait()
t = threading.Thread(target=holder); t.start(); held.wait()
pid = os.fork()
if pid == 0:
    try:
        n = len(threading.enumerate()); gc.collect(); l = [str(i) for i in range(1000)]
        t2 = threading.Thread(target=l.sort); t2.start(); t2.join()
        os._exit(0 if n == 1 else 3)
    except BaseException: os._exit(4)
print('22 fork', os.waitpid(pid, 0)[1])  # expect: 22 fork 0
go.set(); t.join()
