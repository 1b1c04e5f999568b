# A race on a global counter, and its cure with a lock.
# SPDX-License-Identifier: MIT
import threading

from _row import row

TIMES = 1_500_000
counter = 0
lock = threading.Lock()


def bump(times):
    global counter
    for _ in range(times):
        value = counter  # read, compute, write back: another thread may write in between
        counter = value + 1


def bump_locked(times):
    global counter
    for _ in range(times):
        with lock:
            counter += 1


def run(function, threads):
    global counter
    counter = 0
    started = [threading.Thread(target=function, args=(TIMES * 2 // threads,)) for _ in range(threads)]
    for t in started:
        t.start()
    for t in started:
        t.join()
    return counter


if __name__ == "__main__":
    row("one thread", lambda: run(bump, 1), TIMES * 2)
    row("two threads, no lock", lambda: run(bump, 2), TIMES * 2, may_lose=True)
    row("two threads, a lock", lambda: run(bump_locked, 2), TIMES * 2)
