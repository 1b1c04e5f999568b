# What the measuring programs share: run a function, print "name seconds".
# SPDX-License-Identifier: MIT
import sys
from time import perf_counter

QUICK = "--quick" in sys.argv[1:]


def size(n):
    """n, or a fiftieth of it where only the program itself is being tried out."""
    return max(n // 50, 1) if QUICK else n


def report(name, function, *args, per=1, rounds=1):
    """Time function(*args), divided by `per`: one call, whose beginning warms the caches, or the median of `rounds` calls."""
    times = []
    for _ in range(1 if QUICK else rounds):
        started = perf_counter()
        result = function(*args)
        times.append((perf_counter() - started) / per)
    print(f"{name} {sorted(times)[len(times) // 2]:.9f}", flush=True)
    return result
