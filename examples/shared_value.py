# A Value in memory that two processes share, incremented without and with its lock.
# SPDX-License-Identifier: MIT
from multiprocessing import Process, Value

from _row import row

TIMES = 20_000


def bump(value, times):
    for _ in range(times):
        value.value += 1


def bump_locked(value, times):
    for _ in range(times):
        with value.get_lock():
            value.value += 1


def run(function, processes):
    value = Value("i", 0)
    workers = [Process(target=function, args=(value, TIMES * 2 // processes)) for _ in range(processes)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    return value.value


if __name__ == "__main__":
    row("one process", lambda: run(bump, 1), TIMES * 2)
    row("two processes, no lock", lambda: run(bump, 2), TIMES * 2, may_lose=True)
    row("two processes, the Value's lock", lambda: run(bump_locked, 2), TIMES * 2)
