# Objects made and dropped: classes with __init__, slots, inheritance, dataclasses and named tuples.
# SPDX-License-Identifier: MIT
from collections import namedtuple
from dataclasses import dataclass

from _timing import report, size


class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Point3(Point):
    def __init__(self, x, y, z):
        super().__init__(x, y)
        self.z = z


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


class Bare:
    pass


@dataclass
class Data:
    x: int
    y: int = 0


Named = namedtuple("Named", "x y")


def run(n):
    total = 0
    for i in range(n):
        total += Point(i, 1).x
        total += Point3(i, 1, 2).z
        total += Slotted(i, 1).y
        Bare().q = 1
        total += Data(i).x
        total += Named(i, 1).y
    return total


report("instances", run, size(150_000))
