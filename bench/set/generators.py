# Generators: loops, send, yield from, pipelines, recursion.
# SPDX-License-Identifier: MIT
from _timing import report, size


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def evens(it):
    for x in it:
        if x % 2 == 0:
            yield x


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


def average():
    total = number = 0
    value = None
    while True:
        value = yield value
        total += value
        number += 1
        value = total / number


def run(n):
    total = 0
    for x in count(n):
        total += x
    total += sum(evens(count(n)))
    total += sum(x * x for x in evens(range(n)))
    for _ in range(n // 4096 + 1):
        total += sum(tree(9))
    a = average()
    next(a)
    for i in range(n):
        a.send(i)
    g = count(n)
    while next(g, None) is not None:
        total += 1
    return total


report("generators", run, size(300_000))
