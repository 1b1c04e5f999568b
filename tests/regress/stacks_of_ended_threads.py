# A thread that has been deep in calls gives its stacks back when it ends; breaks if the system refuses the range, which begins inside a page (seen: EINVAL, unnoticed).
# SPDX-License-Identifier: MIT
import gc
import sys
import threading

sys.setrecursionlimit(200_000)


def deep(n):
    return 0 if n == 0 else 1 + deep(n - 1)


def resident():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4096 / 2**20


def run():
    assert deep(100_000) == 100_000


before = None
for _ in range(3):
    t = threading.Thread(target=run)
    t.start()
    t.join()
    gc.collect()
    now = resident()
    before = before or now
inside = []
t = threading.Thread(target=lambda: inside.append((deep(10), resident())))
t.start()
t.join()
t = threading.Thread(target=lambda: (deep(100_000), inside.append(resident())))
t.start()
t.join()
print(inside[1] - resident() > 4 or (before, now, inside, resident()))
