# args: -W ignore
# A fork while other threads compute, print and hold locks: the child has one thread and usable locks, whatever the others held.
import os, threading, time, sys
lk = threading.Lock(); rl = threading.RLock(); cond = threading.Condition(); q = __import__('queue').Queue(); ev = threading.Event()
stop = False
shared = {}
def busy(k):
    i = 0
    while not stop:
        shared[k, i % 100] = [i]; i += 1
        with rl: pass
        print(end='')
def holder():
    with lk:
        ev.set(); time.sleep(60)
for k in range(3): threading.Thread(target=busy, args=(k,), daemon=True).start()
threading.Thread(target=holder, daemon=True).start()
ev.wait()
codes = []
for r in range(20):
    pid = os.fork()
    if pid == 0:
        try:
            assert threading.active_count() == 1, threading.enumerate()
            assert threading.current_thread() is threading.main_thread()
            t = threading.Thread(target=lambda: [shared.__setitem__(('c', i), i) for i in range(1000)]); t.start(); t.join()
            import gc; gc.collect()
            assert not lk.acquire(timeout=0.01) 
            print(end='')
            e = threading.Event(); threading.Thread(target=e.set).start(); e.wait()
            sys.stdout.flush()
            os._exit(7)
        except BaseException:
            import traceback; traceback.print_exc(); os._exit(1)
    _, st = os.waitpid(pid, 0)
    codes.append(os.waitstatus_to_exitcode(st))
stop = True
print(codes)
