"""Contexts, handled exceptions, classes, exec and thread-local data in many threads at once."""  # threads.md 26
# SPDX-License-Identifier: MIT
import threading, contextvars, warnings, atexit, sys
v = contextvars.ContextVar('v', default=0)
def w(n):
    for i in range(2000):
        tok = v.set(i); assert v.get() == i; v.reset(tok)
        c = contextvars.copy_context(); c.run(v.set, n)
        with warnings.catch_warnings():
            warnings.simplefilter('ignore'); 
        l = threading.local(); l.x = i
        try: raise ValueError(i)
        except ValueError as e: assert sys.exc_info()[1] is e
        class A: x = i
        A.x += 1
        exec("y = 1", {})
ts = [threading.Thread(target=w, args=(n,)) for n in range(6)]
for t in ts: t.start()
for t in ts: t.join()
print('ok')
