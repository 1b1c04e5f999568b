# Formatting: f-strings, %, str.format, repr, numbers to text and back.
# SPDX-License-Identifier: MIT
from _timing import report, size


def run(n):
    total = 0
    for i in range(n):
        x = i * 0.5
        total += len(f"{i}: {x:.2f} {i:>8} {i!r}")
        total += len("%d %s %5.1f" % (i, "abc", x))
        total += len("{} {:04d} {name}".format(i, i, name="n"))
        total += len(str(i)) + len(repr(x)) + int(str(i)) + len(str((i, x)))
        total += int(float("1.5") * 2)
    return total


report("formatting", run, size(60_000))
