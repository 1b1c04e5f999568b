# Sets: adding, membership, union, intersection, comprehension, frozenset.
# SPDX-License-Identifier: MIT
from _timing import report, size


def run(n):
    a, b = set(), {i * 3 for i in range(n)}
    for i in range(n):
        a.add(i)
    total = len(a & b) + len(a | b) + len(a - b) + len(a ^ b)
    for i in range(n):
        if i in b and i not in a:
            total += 1
        a.discard(i)
    words = {f"w{i % 1000}" for i in range(n)}
    for i in range(n):
        if f"w{i}" in words:
            total += 1
    for _ in range(20):
        total += len(frozenset(words) | {"x"})
    return total


report("sets", run, size(200_000))
