# Enumerations, flags, named tuples, dates and decimals used as programs do.
# SPDX-License-Identifier: MIT
import enum
from collections import namedtuple
from datetime import date, timedelta

from _timing import report, size


class Color(enum.Enum):
    RED = 1
    GREEN = 2


class Mode(enum.IntFlag):
    R = 4
    W = 2


Row = namedtuple("Row", "a b c")


def run(n):
    total, day = 0, date(2024, 1, 1)
    for i in range(n):
        c = Color.RED if i & 1 else Color.GREEN
        if c is Color.RED:
            total += c.value
        total += Color(2).value + len(c.name)
        if Mode.R in Mode.R | Mode.W:
            total += 1
        r = Row(i, 2, 3)
        total += r.a + r[1] + r._replace(c=5).c
        total += (day + timedelta(days=i & 255)).day
    return total


report("enums", run, size(40_000))
