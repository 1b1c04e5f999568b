# args: -W ignore
# A fork from a thread: in the child it is the main one, receives signals and may start others.
import os, threading, sys, time, signal
def work():
    pid = os.fork()
    if pid == 0:
        assert threading.main_thread() is threading.current_thread()
        print('child', threading.current_thread().name, threading.active_count(), flush=True)
        signal.signal(signal.SIGUSR1, lambda *a: print('sig', flush=True)); os.kill(os.getpid(), signal.SIGUSR1)
        t = threading.Thread(target=print, args=('thread in child',)); t.start(); t.join()
        return
    print('status', os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)
t = threading.Thread(target=work, name='forker'); t.start(); t.join(); print('parent done')
# threads.md 22
