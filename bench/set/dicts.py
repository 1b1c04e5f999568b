# Dictionaries: counting, grouping, merging, iterating, comprehension, deletion.
# SPDX-License-Identifier: MIT
from collections import Counter, defaultdict

from _timing import report, size


def run(n):
    counts, groups, total = {}, {}, 0
    names = [f"name{i % 500}" for i in range(n)]
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    for i, name in enumerate(names):
        groups.setdefault(name, []).append(i)
    by = defaultdict(int)
    for name in names:
        by[name] += 1
    for k, v in counts.items():
        total += v + len(groups[k])
    inverse = {v: k for k, v in enumerate(names)}
    for name in names:
        if name in inverse:
            total += 1
    squares = {i: i * i for i in range(n)}
    for i in range(0, n, 2):
        del squares[i]
    total += sum(squares.values()) + len(Counter(names)) + len({**counts, **by} | inverse)
    d = {}
    for i in range(n):
        d[i, i + 1] = i
    return total + d[5, 6]


report("dicts", run, size(100_000))
