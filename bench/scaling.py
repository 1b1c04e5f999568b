# Work done per second by 1, 2, 4 … threads: private data, one object that all read, one object that all write. Prints "kind threads rate".
# SPDX-License-Identifier: MIT
#
#   scaling.py [--quick] [THREADS,THREADS… [ROUNDS]]     by default 1, 2, 4 … up to the number of CPUs; the best of 3 rounds counts
import collections
import os
import queue
import sys
import threading
import time

from _timing import QUICK
from _work import THING, allocate, call_method, closure, compute, iterate, private, read_class, read_dict, read_global, read_instance, read_list

SECONDS = 0.01 if QUICK else 0.2 # of one thread's work


TABLE, GROWING, SET, DEQUE, LOCK, BOX, CHANNEL = {}, [], set(), collections.deque(), threading.Lock(), [0], queue.SimpleQueue()


def write_own_keys(n, me):
    d = TABLE
    for i in range(n):
        d[me, i & 63] = i


def write_one_key(n, me):
    d = TABLE
    for i in range(n):
        d[0] = i


def write_attribute(n, me):
    o = THING
    for i in range(n):
        o.a = i


def append(n, me):
    s = GROWING
    for i in range(n):
        s.append(i)
        if not i & 1023:
            s.clear()


def add_to_set(n, me):
    s = SET
    for i in range(n):
        s.add(i & 1023)


def through_deque(n, me):
    d = DEQUE
    for i in range(n):
        d.append(i)
        d.popleft()


def through_queue(n, me):
    q = CHANNEL
    for i in range(n):
        q.put(i)
        q.get()


def count_locked(n, me):
    for i in range(n):
        with LOCK:
            BOX[0] += 1


def alone(function):
    """One of those that need not know which thread they are in."""
    def work(n, me):
        function(n)

    work.__name__ = function.__name__
    return work


KINDS = {
    "private": [alone(f) for f in (compute, allocate, private)],
    "read": [alone(f) for f in (read_dict, read_list, read_instance, call_method, read_class, closure(), read_global, iterate)],
    "write": [write_own_keys, write_one_key, write_attribute, append, add_to_set, through_deque, through_queue, count_locked],
}


def rate(function, threads, n):
    """Items per second of all threads together, from the moment that they set off to the last one's end."""
    ready = threading.Barrier(threads + 1)

    def work(me):
        ready.wait()
        function(n, me)

    crew = [threading.Thread(target=work, args=(me,)) for me in range(threads)]
    for t in crew:
        t.start()
    ready.wait()
    begin = time.perf_counter()
    for t in crew:
        t.join()
    return threads * n / (time.perf_counter() - begin)


def main(arguments):
    cpus = len(os.sched_getaffinity(0))
    counts = [int(c) for c in arguments[0].split(",")] if arguments else [1 << i for i in range(cpus.bit_length()) if 1 << i < cpus] + [cpus]
    rounds = int(arguments[1]) if len(arguments) > 1 else 1 if QUICK else 3
    for family, functions in KINDS.items():
        for function in functions:
            rate(function, 2, 1000) # shared from here on, caches warm
            n = 1000
            while n / rate(function, 1, n) < SECONDS / 4:
                n *= 4
            n = max(int(n * SECONDS / (n / rate(function, 1, n))) // 100 * 100, 100)
            best = dict.fromkeys(counts, 0)
            for _ in range(rounds): # in turn: a slow moment of the machine meets all
                for c in counts:
                    best[c] = max(best[c], rate(function, c, n))
            for c in counts:
                print(f"{family}.{function.__name__} {c} {best[c]:.0f}", flush=True)


main([a for a in sys.argv[1:] if a[0] != "-"])
