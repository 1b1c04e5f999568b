# What the measuring programs share: run a function, print "name seconds".
# SPDX-License-Identifier: MIT
import sys
from time import perf_counter

QUICK = "--quick" in sys.argv[1:]


def size(n):
    """n, or a fiftieth of it where only the program itself is being tried out."""
    return max(n // 50, 1) if QUICK else n


def report(name, function, *args, per=1):
    """Time one call of function(*args), divided by `per`; the first call of a short one warms the caches."""
    started = perf_counter()
    result = function(*args)
    seconds = (perf_counter() - started) / per
    print(f"{name} {seconds:.9f}", flush=True)
    return result
