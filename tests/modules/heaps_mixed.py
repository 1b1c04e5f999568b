"""Heaps, minima and counts of mixed items: what is compared without Python code and what is not meet in one list.
A wrong turn between the two ways loses items or their order."""
# SPDX-License-Identifier: MIT
import base64
import heapq
import random
from collections import Counter
from fractions import Fraction
from math import fsum

r = random.Random(11)


class Own:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < (other.n if isinstance(other, Own) else other)

    def __gt__(self, other):
        return self.n > (other.n if isinstance(other, Own) else other)

    def __repr__(self):
        return f"Own({self.n})"


MAKERS = [lambda: r.randrange(-50, 50), lambda: r.randrange(-50, 50) / 4, lambda: Own(r.randrange(-50, 50)), lambda: Fraction(r.randrange(99), 7),
          lambda: 10 ** 30 - r.randrange(9), lambda: r.random() < .5]
for kinds in (0,), (1,), (0, 1), (0, 1, 2), (0, 3, 4), (0, 0, 0, 0, 5), (2,), (1, 1, 1, 3):
    items = [MAKERS[r.choice(kinds)]() for _ in range(60)]
    heap = items[:]
    heapq.heapify(heap)
    shape = repr(heap)
    out = []
    for i in range(80):
        if heap and r.random() < .6:
            out.append(heapq.heappop(heap))
        else:
            heapq.heappush(heap, MAKERS[r.choice(kinds)]())
        if len(heap) > 2:
            out.append(heapq.heapreplace(heap, MAKERS[r.choice(kinds)]()))
            out.append(heapq.heappushpop(heap, MAKERS[r.choice(kinds)]()))
    print(kinds, shape, out, heap, min(items), max(items), min(items, key=lambda x: -x if not isinstance(x, Own) else -x.n))
words = ["b", "a", "é", "日", "ab", "", "aa"] * 3
heapq.heapify(words)
print(words, heapq.nsmallest(4, words), min(words), max(words), min("b", 3 * "a"), max(2, 2.0), min(2.0, 2), max(True, 1))
heap = list(range(40, 0, -1))
heapq._heapify_max(heap)
print(heap, heapq._heappop_max(heap), heapq._heapreplace_max(heap, 7), heap)
for bad in [3, "a"], [1, 2, "x", 4, 5.5, 6]:
    try:
        heapq.heapify(bad)
    except TypeError as e:
        print(e, sorted(map(str, bad)))


class Name(str):
    def __hash__(self):
        return hash(str(self))


counts = Counter(["a", "b", "a", Name("a"), 1, 1.0, True, "b"])
counts["big"] = 2 ** 62
counts.update(["big", "a", "new", Name("new")])
print(counts, Counter(f"k{i % 7}" for i in range(500)))
print(fsum([.1] * 10), fsum([1e100, 1.0, -1e100] * 3), fsum(x / 7 for x in range(200)), fsum([1, 2 ** 70, .5, True]))
print(bytes(range(256)).hex(), bytes(range(7)).hex("-", 2), bytearray(b"\xff\x0a").hex(), repr([0, -1, 2 ** 59, -2 ** 62, 10 ** 25, True]))

# list() of native iterators whose functions raise StopIteration, or something else.
print(list(map(lambda x: next(iter([])), [1, 2])), list(filter(lambda x: next(iter([])), [1])), [*map(lambda x: next(iter(())), "ab")])
try:
    list(map(lambda x: 1 // x, [2, 1, 0]))
except ZeroDivisionError as e:
    print(e)
print("abcaé日b".translate({97: None, 98: "xy", 99: 233}), ("abc" * 200).translate({97: 65, 98: None})[:9], ("é" + "b" * 300).translate({98: "日"})[-2:])
print([base64.b64encode(bytes(range(n))) for n in range(8)])
