# Sieve, Collatz lengths and Mandelbrot points: plain ints and floats.
# SPDX-License-Identifier: MIT
from _timing import report, size


def sieve(n):
    flags = [True] * n
    flags[0] = flags[1] = False
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            for j in range(i * i, n, i):
                flags[j] = False
    return sum(flags)


def collatz(n):
    best = 0
    for start in range(1, n):
        steps, v = 0, start
        while v != 1:
            v = v // 2 if v % 2 == 0 else 3 * v + 1
            steps += 1
        if steps > best:
            best = steps
    return best


def mandelbrot(n):
    inside = 0
    for iy in range(n):
        ci = iy * 2.0 / n - 1.0
        for ix in range(n):
            cr = ix * 3.0 / n - 2.0
            zr = zi = 0.0
            for _ in range(40):
                zr, zi = zr * zr - zi * zi + cr, 2.0 * zr * zi + ci
                if zr * zr + zi * zi > 4.0:
                    break
            else:
                inside += 1
    return inside


def run(n):
    return sieve(n * 10), collatz(n // 4), mandelbrot(int(n ** 0.5) // 2)


report("numeric", run, size(55_000))
