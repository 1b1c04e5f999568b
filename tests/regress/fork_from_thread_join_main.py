# In a child forked by a worker thread, every other thread is over, the main one and daemons included: joining them does not wait.
# args: -W ignore::DeprecationWarning
import os
import sys
import threading
import time

main_thread = threading.current_thread()
daemon = threading.Thread(target=time.sleep, args=(5,), daemon=True)
daemon.start()


def join_all():
    main_thread.join()
    daemon.join()
    print("joined", main_thread.is_alive(), daemon.is_alive(), flush=True)


def worker():
    child = os.fork()
    if child:
        print("status", os.waitpid(child, 0)[1], flush=True)
        return
    thread = threading.Thread(target=join_all)
    thread.start()
    thread.join()
    sys.stdout.flush()
    os._exit(0)


thread = threading.Thread(target=worker)
thread.start()
thread.join()
print("end", main_thread.is_alive(), daemon.is_alive())
# expect: joined False False
# expect: status 0
# expect: end True True
