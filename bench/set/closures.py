# Closures, nonlocal, decorators, lambdas, partial, map and filter.
# SPDX-License-Identifier: MIT
from functools import partial, reduce, wraps

from _timing import report, size


def counter():
    n = 0

    def step(by=1):
        nonlocal n
        n += by
        return n

    return step


def traced(f):
    @wraps(f)
    def inner(*args, **kwargs):
        return f(*args, **kwargs)

    return inner


@traced
def add(a, b):
    return a + b


def run(n):
    step, total = counter(), 0
    add3 = partial(add, 3)
    fs = [lambda x, k=k: x + k for k in range(8)]
    for i in range(n):
        total += step() + step(2)
        total += add(i, 1) + add3(i)
        total += fs[i & 7](i)
        total += (lambda x: x + i)(1)
    total += sum(map(lambda x: x + 1, range(n))) + len(list(filter(lambda x: x & 1, range(n))))
    return total + reduce(lambda a, b: a + b, range(n))


report("closures", run, size(150_000))
