# Binary trees and linked lists: many small objects, garbage.
# SPDX-License-Identifier: MIT
from _timing import QUICK, report


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left, right):
        self.left, self.right = left, right

    def check(self):
        return 1 + (self.left.check() + self.right.check() if self.left else 0)


def make(depth):
    return Node(make(depth - 1), make(depth - 1)) if depth else Node(None, None)


def tuples(depth):
    return (tuples(depth - 1), tuples(depth - 1)) if depth else (None, None)


def cycles(n):
    for _ in range(n):
        a, b = [], {}
        a.append(b)
        b["a"] = a


def run(depth):
    keep = make(depth)
    total = 0
    for _ in range(4):
        total += make(depth - 1).check()
        tuples(depth)
    cycles(4 << depth)
    return total + keep.check()


report("trees", run, 6 if QUICK else 15)
