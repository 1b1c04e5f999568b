# Comprehensions and generator expressions.
# SPDX-License-Identifier: MIT
from _timing import report, size


def run(n):
    a = [i * 2 for i in range(n)]
    b = [x for x in a if x % 3 == 0]
    c = {x: i for i, x in enumerate(b)}
    d = {x % 100 for x in a}
    e = [(x, y) for x in range(int(n ** 0.5)) for y in range(int(n ** 0.5)) if x != y]
    f = [[j for j in range(10)] for _ in range(n // 10)]
    total = sum(x for x in a if x & 1 == 0) + sum(len(r) for r in f)
    return total + any(x < 0 for x in a) + all(x >= 0 for x in a) + len(c) + len(d) + len(e) + max(y for _, y in e)


report("comprehensions", run, size(300_000))
