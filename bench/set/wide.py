# Instances with more attributes than fit inside, and attributes by __dict__.
# SPDX-License-Identifier: MIT
from _timing import report, size


class Wide:
    def __init__(self, n):
        self.a = self.b = self.c = self.d = self.e = self.f = self.g = self.h = n
        self.i = self.j = self.k = self.l = self.m = self.n = self.o = self.p = n


class Loose:
    def __init__(self, **attributes):
        self.__dict__.update(attributes)


def run(n):
    total = 0
    w, e = Wide(1), Loose(x=1, y=2)
    for i in range(n):
        w.p += 1
        w.n = w.o + w.m
        total += w.a + w.p
        e.x += 1
        total += e.x + e.y
        if i & 15 == 0:
            w = Wide(i)
    return total


report("wide", run, size(550_000))
