# Attributes of instances, slots and classes; reads, writes and misses.
# SPDX-License-Identifier: MIT
from _timing import report, size


class Plain:
    shared = 1

    def __init__(self):
        self.a = self.b = self.c = 0


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = self.b = 0


class Fallback:
    def __getattr__(self, name):
        return 1


def run(n):
    p, s, f, total = Plain(), Slotted(), Fallback(), 0
    for i in range(n):
        p.a = i
        p.b = p.a + p.shared
        p.c += 1
        s.a = i
        s.b += s.a
        total += f.missing + getattr(p, "c") + getattr(p, "nothing", 1)
        if hasattr(p, "other"):
            break
    return total


report("attributes", run, size(450_000))
