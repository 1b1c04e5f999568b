# Collections while the modules are being emptied call no gc.callbacks: those that are a module's functions would find its names gone.
import _thread
import gc
import sys
import time

clock = time.perf_counter


def callback(phase, info):
    clock()


gc.callbacks.append(callback)


class Last:
    def __del__(self):
        print("last")


last = Last()
_thread.kept = sys.modules[__name__]
print("done")
# expect: done
# expect: last
