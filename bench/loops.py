# Single-thread loops: the operations that a Python program does most.
# SPDX-License-Identifier: MIT
from _timing import report, size

x = 0


class Point:
    def __init__(self):
        self.x = 0

    def step(self, by):
        self.x += by


def range_sum(n):
    total = 0
    for i in range(n):
        total += i
    return total


def empty_for(n):
    for _ in range(n):
        pass


def while_loop(n):
    i = 0
    while i < n:
        i += 1
    return i


def global_add(n):
    global x
    for _ in range(n):
        x += 1
    return x


def float_sum(n):
    t, a, b = 0.0, 1.5, 2.25
    for _ in range(n):
        t += a * b
    return t


def attribute_add(n):
    o = Point()
    for _ in range(n):
        o.x += 1
    return o.x


def method_call(n):
    o = Point()
    for _ in range(n):
        o.step(1)
    return o.x


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def product(limit):
    total = 1
    numbers = range(1, limit)
    for i in numbers:
        for j in numbers:
            for k in numbers:
                total *= i * j * k
    return total


def list_build(n):
    out = []
    for i in range(n):
        out.append(i * 2)
    return [v for v in out if v & 1 == 0]


def dict_count(n):
    counts = {}
    for i in range(n):
        k = i & 1023
        counts[k] = counts.get(k, 0) + 1
    return counts


def string_build(n):
    return len("".join([str(i) for i in range(n)]))


n = size(10_000_000)
assert report("range_sum", range_sum, n) == n * (n - 1) // 2
report("empty_for", empty_for, n)
assert report("while_loop", while_loop, size(5_000_000)) == size(5_000_000)
assert report("global_add", global_add, n) == n
assert report("float_sum", float_sum, n) == 3.375 * n
assert report("attribute_add", attribute_add, size(5_000_000)) == size(5_000_000)
assert report("method_call", method_call, size(3_000_000)) == size(3_000_000)
report("fib", fib, 20 if size(100) == 2 else 29)
report("big_product", product, 12 if size(100) == 2 else 30)
assert len(report("list_build", list_build, size(2_000_000))) == size(2_000_000)
report("dict_count", dict_count, size(3_000_000))
report("string_build", string_build, size(1_500_000))
