"""Arithmetic: small and big integers, floats, complex numbers, matrices, primes, bits."""
# SPDX-License-Identifier: MIT
import math
import random


def sieve(n):
    flags = [True] * (n + 1)
    flags[0] = flags[1] = False
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            for j in range(i * i, n + 1, i):
                flags[j] = False
    return [i for i, prime in enumerate(flags) if prime]


def sieve_bytes(n):
    flags = bytearray(b"\1") * (n + 1)
    for i in range(2, math.isqrt(n) + 1):
        if flags[i]:
            flags[i * i::i] = bytes(len(range(i * i, n + 1, i)))
    return sum(flags) - 2


def collatz(limit):
    best = (0, 0)
    lengths = {1: 1}
    for start in range(1, limit):
        n, steps = start, 0
        while n not in lengths:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        lengths[start] = steps + lengths[n]
        if lengths[start] > best[0]:
            best = lengths[start], start
    return best


def multiply(a, b):
    columns = list(zip(*b))
    return [[sum(x * y for x, y in zip(row, column)) for column in columns] for row in a]


def solve(m):
    n = len(m)
    m = [row[:] for row in m]
    for i in range(n):
        pivot = max(range(i, n), key=lambda r: abs(m[r][i]))
        m[i], m[pivot] = m[pivot], m[i]
        for j in range(i + 1, n):
            factor = m[j][i] / m[i][i]
            for k in range(i, n):
                m[j][k] -= factor * m[i][k]
    det = 1.0
    for i in range(n):
        det *= m[i][i]
    return det


def mandelbrot(width, height, limit):
    inside = 0
    for y in range(height):
        for x in range(width):
            c = complex(3.0 * x / width - 2, 2.0 * y / height - 1)
            z = 0j
            for _ in range(limit):
                if abs(z) > 2:
                    break
                z = z * z + c
            else:
                inside += 1
    return inside


def julia(width, height, limit):
    total = 0
    for py in range(height):
        y0 = py / height * 2 - 1
        for px in range(width):
            x, y, n = px / width * 3 - 1.5, y0, 0
            while x * x + y * y < 4.0 and n < limit:
                x, y = x * x - y * y - 0.8, 2 * x * y + 0.156
                n += 1
            total += n
    return total


def euler(steps):
    x, v, dt = 1.0, 0.0, 0.001
    for _ in range(steps):
        a = -4.0 * x - 0.1 * v
        v += a * dt
        x += v * dt
    return x, v


def pi_digits(n):
    q, r, t, k, m, x, out = 1, 0, 1, 1, 3, 3, []
    while len(out) < n:
        if 4 * q + r - t < m * t:
            out.append(m)
            q, r, m = 10 * q, 10 * (r - m * t), (10 * (3 * q + r)) // t - 10 * m
        else:
            q, r, t, k, m, x = q * k, (2 * q + r) * x, t * x, k + 1, (q * (7 * k + 2) + r * x) // (t * x), x + 2
    return out


def power(base, exponent, modulus):
    result = 1
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


def hashed(data):
    h = 0x811C9DC5
    for byte in data:
        h = (h ^ byte) * 0x01000193 & 0xFFFFFFFF
    return h


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


def life(cells, rounds):
    for _ in range(rounds):
        counts = {}
        for x, y in cells:
            for dx in -1, 0, 1:
                for dy in -1, 0, 1:
                    if dx or dy:
                        spot = x + dx, y + dy
                        counts[spot] = counts.get(spot, 0) + 1
        cells = {spot for spot, n in counts.items() if n == 3 or (n == 2 and spot in cells)}
    return cells


def main(n):
    r = random.Random(7)
    out = [len(sieve(n * 5)), sieve_bytes(n * 20), collatz(n // 2), power(3, 10 ** 40, 10 ** 9 + 7), euler(n * 4)]
    a = [[r.random() for _ in range(24)] for _ in range(24)]
    out.append(solve(multiply(a, a)))
    out.append((mandelbrot(40, 30, 20), julia(40, 30, 20), len(pi_digits(120))))
    out.append(hashed(bytes(range(256)) * (n // 200)))
    out.append(sum(gcd(i, 360) for i in range(n)) + sum(divmod(i, 7)[1] for i in range(n)) + sum(i ** 2 % 11 for i in range(n)))
    fib = [0, 1]
    for _ in range(400):
        fib.append(fib[-1] + fib[-2])
    big = math.prod(fib[1:60])
    out.append((len(str(big * big // 12345)), hash(big) % 100, int(str(fib[-1])) - fib[-1], big.bit_length(), -big >> 70))
    out.append(sum(math.sin(i) * math.cos(i) + math.sqrt(i) for i in range(n)))
    out.append(sum(round(i / 7, 2) for i in range(n)) + sum(int(i * 0.5) for i in range(n)) + float(sum(range(n))))
    out.append(sorted(life({(1, 0), (2, 1), (0, 2), (1, 2), (2, 2), (5, 5), (5, 6), (5, 7)}, 40)))
    total = 0
    i = 0
    while i < n * 4:
        if i % 3 == 0 and i % 5 != 0:
            total += i
        elif i & 1 or not i:
            total -= 1
        i += 1
    out.append(total)
    values = [r.randrange(1000) for _ in range(n)]
    for i in range(min(150, n)):
        for j in range(i):
            if values[j] > values[i]:
                values[i], values[j] = values[j], values[i]
    out.append((sum(values), min(values), max(values), sorted(values)[n // 2]))
    board = [0] * 8

    def queens(row=0, cols=0, down=0, up=0):
        if row == 8:
            return 1
        count = 0
        for c in range(8):
            bit = 1 << c
            if not (cols & bit or down & 1 << (row + c) or up & 1 << (row - c + 7)):
                board[row] = c
                count += queens(row + 1, cols | bit, down | 1 << (row + c), up | 1 << (row - c + 7))
        return count
    out.append(queens())
    return out


main(90000)
