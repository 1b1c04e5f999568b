# A CPU-bound function: in sequence, in a ThreadPoolExecutor, in a ProcessPoolExecutor.
# SPDX-License-Identifier: MIT
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from math import factorial

from _row import row

WORKERS = min(os.cpu_count() or 1, 8)
NUMBERS = [24] * 64


def product(limit):
    total = 1
    numbers = range(1, limit)
    for i in numbers:
        for j in numbers:
            for k in numbers:
                total *= i * j * k
    return total


def count(limit):
    total = 0
    for i in range(limit):
        total += i & 3
    return total


def in_sequence(function, arguments):
    return [function(a) for a in arguments]


def in_a_pool(pool, function, arguments):
    with pool(max_workers=WORKERS) as executor:
        return list(executor.map(function, arguments))


if __name__ == "__main__":
    expected = [factorial(n - 1) ** (3 * (n - 1) ** 2) for n in NUMBERS]
    row("big products, in sequence", lambda: in_sequence(product, NUMBERS), expected)
    row(f"big products, {WORKERS} threads", lambda: in_a_pool(ThreadPoolExecutor, product, NUMBERS), expected)
    row(f"big products, {WORKERS} processes", lambda: in_a_pool(ProcessPoolExecutor, product, NUMBERS), expected)
    limits = [3_000_000] * 16
    expected = [4_500_000] * 16
    row("small sums, in sequence", lambda: in_sequence(count, limits), expected)
    row(f"small sums, {WORKERS} threads", lambda: in_a_pool(ThreadPoolExecutor, count, limits), expected)
    row(f"small sums, {WORKERS} processes", lambda: in_a_pool(ProcessPoolExecutor, count, limits), expected)
