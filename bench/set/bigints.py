# Big ints: products, factorials, Fibonacci, powers, digits of pi, text.
# SPDX-License-Identifier: MIT
from _timing import report, size


def product(n):
    total = 1
    numbers = range(1, n)
    for i in numbers:
        for j in numbers:
            for k in numbers:
                total *= i * j * k
    return total


def pi_digits(n):
    q, r, t, k, m, x, out = 1, 0, 1, 1, 3, 3, 0
    for _ in range(n):
        while not 4 * q + r - t < m * t:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
        out += m
        q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
    return out


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


def small_big(n):
    x, total = 1 << 70, 0
    for i in range(n):
        total += (x + i) // 3 - (x >> 3) & 0xFFFFFFFFFFFFFFFFFFFF
    return total


def run(n):
    total = product(n // 100) + pi_digits(n // 4) + fibonacci(n * 5) + small_big(n * 20)
    total += pow(3, n * 2) + pow(7, 1 << 200, (1 << 127) - 1) + int("7" * n)
    return len(str(total % (1 << 12_000)))


report("bigints", run, size(4000))
