# Methods of instances, classes and superclasses.
# SPDX-License-Identifier: MIT
from _timing import report, size


class Base:
    kind = "base"

    def __init__(self, v):
        self.v = v

    def get(self):
        return self.v

    def add(self, n):
        self.v += n
        return self

    @staticmethod
    def twice(n):
        return n * 2

    @classmethod
    def make(cls, v):
        return cls(v)

    @property
    def value(self):
        return self.v


class Derived(Base):
    def get(self):
        return super().get() + 1


def run(n):
    o, total = Derived(0), 0
    for i in range(n):
        o.add(1).add(2)
        total += o.get()
        total += o.twice(i)
        total += o.value
        total += Derived.make(i).v
        bound = o.get
        total += bound()
    return total


report("methods", run, size(150_000))
