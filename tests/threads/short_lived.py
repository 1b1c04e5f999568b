# Threads that come and go: each starts with nothing of its predecessor, whose state it may be given.
# SPDX-License-Identifier: MIT
import sys, threading, queue, _thread

# A deep thread, then shallow ones on what may be the same stacks.
def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)
found = []
def dive():
    found.append(deep(700))
def overflow():
    try:
        deep(10**6)
    except RecursionError:
        found.append("RecursionError")
for f in (dive, overflow, dive, dive):
    t = threading.Thread(target=f)
    t.start()
    t.join()
print(found)  # expect: [700, 'RecursionError', 700, 700]

# Nothing handled, no locals, no context and no trace function are left over.
local = threading.local()
left = []
def messy():
    local.x = [1]
    sys.setprofile(None)
    try:
        1 / 0
    except ZeroDivisionError:
        raise KeyError
def clean():
    left.append((sys.exc_info()[0], hasattr(local, "x"), sys.gettrace()))
threading.excepthook = lambda args: left.append(args.exc_type.__name__)
for f in (messy, clean, messy, clean):
    t = threading.Thread(target=f)
    t.start()
    t.join()
print(left)  # expect: ['KeyError', (None, False, None), 'KeyError', (None, False, None)]

# The ident is known when start() has returned, and is the thread's own.
idents = queue.SimpleQueue()
ok = 0
for _ in range(300):
    h = _thread.start_joinable_thread(lambda: idents.put(_thread.get_ident()))
    known = h.ident
    h.join()
    ok += known == idents.get()
print(ok)  # expect: 300

# Memory that a thread leaves to others, who give it back or make it larger.
kept = []
def leave(n):
    kept.append(([0] * (n % 90 + 1), {i: str(i) for i in range(n % 70)}, bytearray(n % 4000)))
for n in range(400):
    t = threading.Thread(target=leave, args=(n,))
    t.start()
    t.join()
for a, d, b in kept:
    a.extend(range(50)); d["x"] = 1; b += bytes(5000)
print(sum(len(a) for a, d, b in kept), sum(len(d) for a, d, b in kept), sum(len(b) for a, d, b in kept))  # expect: 37200 13700 2079800
kept.clear()

# Small stacks.
threading.stack_size(65536)
t = threading.Thread(target=dive); found.clear()
t.start(); t.join()
print(found)  # expect: [700]
threading.stack_size(0)

# Nobody waits for these.
for _ in range(40):
    _thread.start_new_thread(int, ())
while _thread._count():
    pass
print("gone")  # expect: gone
