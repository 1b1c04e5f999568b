# Sorting: ints, floats, strings, tuples, by key functions, by __lt__.
# SPDX-License-Identifier: MIT
import random
from functools import cmp_to_key
from operator import attrgetter, itemgetter

from _timing import report, size


class Item:
    def __init__(self, rank, name):
        self.rank, self.name = rank, name

    def __lt__(self, other):
        return self.rank < other.rank


def run(n):
    rnd = random.Random(5)
    ints = [rnd.randrange(1 << 30) for _ in range(n)]
    floats = [rnd.random() for _ in range(n)]
    names = [str(i) for i in ints]
    pairs = list(zip(ints, names))
    items = [Item(i, s) for i, s in pairs[: n // 4]]
    total = sorted(ints)[0] + sorted(ints, reverse=True)[0] + len(sorted(names)) + sorted(floats)[0]
    pairs.sort()
    pairs.sort(key=lambda p: p[1])
    pairs.sort(key=itemgetter(0))
    items.sort(key=attrgetter("name"))
    items.sort(key=lambda o: (o.rank % 100, o.name))
    items.sort()
    items.sort(key=cmp_to_key(lambda a, b: a.rank - b.rank))
    return total


report("sorting", run, size(55_000))
