# Pancake flips over all permutations.
# SPDX-License-Identifier: MIT
from _timing import QUICK, report


def fannkuch(n):
    p, count, best, r = list(range(n)), list(range(1, n + 1)), 0, n
    perm = p[:]
    while True:
        if perm[0]:
            q, flips = perm[:], 0
            while k := q[0]:
                q[: k + 1] = q[k::-1]
                flips += 1
            if flips > best:
                best = flips
        r = 1
        while r < n:
            perm.insert(r, perm.pop(0))
            count[r] -= 1
            if count[r] > 0:
                break
            count[r] = r + 1
            r += 1
        else:
            return best


report("fannkuch", fannkuch, 6 if QUICK else 9)
