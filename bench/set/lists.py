# Lists: append, pop, index, slice, insert, reverse, extend, nested, unpacking.
# SPDX-License-Identifier: MIT
from _timing import report, size


def run(n):
    out, total = [], 0
    for i in range(n):
        out.append(i)
    while len(out) > n // 2:
        total += out.pop()
    for i in range(len(out)):
        out[i] = out[i] + out[-1]
    out.extend(out[10:n // 4])
    out.reverse()
    grid = [[0] * 30 for _ in range(30)]
    for k in range(n // 900 + 1):
        for y in range(30):
            row = grid[y]
            for x in range(30):
                row[x] += x ^ y
    for a, b in zip(out, out[1:]):
        total += a - b
    for i, v in enumerate(out):
        total += i * v
    pairs = [(i, i + 1, i + 2) for i in range(n // 4)]
    for a, b, c in pairs:
        total += a + b - c
    x, y = 0, 1
    for _ in range(n):
        x, y = y, x + 1
    return total + sum(map(sum, grid)) + len(out[::2] + out[1::2]) + max(out) - min(out) + x


report("lists", run, size(350_000))
