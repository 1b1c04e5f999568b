# Classes with operators: vectors, comparison, hash, containment, calls.
# SPDX-License-Identifier: MIT
from fractions import Fraction

from _timing import report, size


class Vector:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, o):
        return Vector(self.x + o.x, self.y + o.y)

    def __sub__(self, o):
        return Vector(self.x - o.x, self.y - o.y)

    def __mul__(self, k):
        return Vector(self.x * k, self.y * k)

    def __eq__(self, o):
        return self.x == o.x and self.y == o.y

    def __hash__(self):
        return hash((self.x, self.y))

    def __getitem__(self, i):
        return self.x if i == 0 else self.y

    def __len__(self):
        return 2

    def __contains__(self, v):
        return v == self.x or v == self.y

    def __call__(self, k):
        return self.x * k

    def __bool__(self):
        return self.x != 0


def run(n):
    a, b, total, seen = Vector(1, 2), Vector(3, 4), 0, {}
    for i in range(n):
        c = (a + b) * i - a
        seen[Vector(i & 63, 1)] = c
        if c == b or not c:
            total += 1
        total += c[0] + len(c) + (i in c) + c(2)
    f = Fraction(0)
    for i in range(1, n // 100 + 2):
        f += Fraction(1, i % 50 + 1)
    return total + f


report("operators", run, size(100_000))
