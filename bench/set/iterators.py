# Iterators of classes, zip, enumerate, reversed, itertools, operator.
# SPDX-License-Identifier: MIT
import itertools
import operator

from _timing import report, size


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n <= 0:
            raise StopIteration
        self.n -= 1
        return self.n


class Items:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, i):
        if i >= self.n:
            raise IndexError(i)
        return i


def run(n):
    total = 0
    for x in Countdown(n):
        total += x
    for x in Items(n):
        total += x
    data = list(range(n))
    for a, b, c in zip(data, reversed(data), itertools.count()):
        total += a - b + c
    for k, group in itertools.groupby(data, lambda x: x // 10):
        total += k + len(list(group))
    total += sum(itertools.chain(data, data)) + sum(itertools.islice(itertools.cycle(data), n))
    total += sum(itertools.accumulate(data, operator.add)) + sum(map(operator.mul, data, data))
    total += sum(1 for _ in itertools.product(range(int(n ** 0.5)), repeat=2))
    return total + sum(1 for _ in itertools.combinations(range(int(n ** 0.5)), 2))


report("iterators", run, size(250_000))
