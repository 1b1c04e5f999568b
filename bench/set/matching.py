# Pattern matching, chained comparisons, string switches.
# SPDX-License-Identifier: MIT
from dataclasses import dataclass

from _timing import report, size


@dataclass
class Circle:
    r: float


@dataclass
class Box:
    w: float
    h: float


def area(shape):
    match shape:
        case Circle(r=r):
            return 3 * r * r
        case Box(w, h) if w == h:
            return w * w
        case Box(w, h):
            return w * h
        case {"kind": "line", **rest}:
            return len(rest)
        case [x, y, *others]:
            return x + y + len(others)
        case "dot" | "point":
            return 0
        case int(n):
            return n
    return -1


def run(n):
    shapes = [Circle(2), Box(2, 2), Box(2, 3), {"kind": "line", "a": 1}, [1, 2, 3], "point", 5, None]
    total = 0
    for i in range(n):
        total += area(shapes[i & 7])
        if 0 <= i < n and i == i != -1:
            total += 1
    return total


report("matching", run, size(350_000))
