"""Each tool of itertools, as the inner loop and as the argument of a constructor."""
# SPDX-License-Identifier: MIT
import operator
from itertools import *

L = list(range(100))
M = [L, L, L]
add = operator.add


def statements():
    list(chain(L, L))
    list(chain.from_iterable(M))
    list(islice(L, 10, 50))
    list(zip_longest(L, L[:50]))
    list(product(range(10), range(10)))
    list(permutations(range(5)))
    list(combinations(range(8), 3))
    list(combinations_with_replacement(range(6), 3))
    list(accumulate(L))
    list(accumulate(L, add))
    list(groupby(L, lambda x: x // 10))
    [list(g) for k, g in groupby(L, lambda x: x // 10)]
    list(takewhile(lambda x: x < 50, L))
    list(dropwhile(lambda x: x < 50, L))
    list(filterfalse(None, L))
    list(filterfalse(lambda x: x & 1, L))
    list(starmap(add, zip(L, L)))
    list(compress(L, L))
    list(pairwise(L))
    list(batched(L, 7))
    list(repeat(1, 100))
    list(islice(count(), 100))
    list(islice(cycle(L), 200))
    [tee(L)]
    a, b = tee(L); list(a); list(b)
    for x in chain(L, L):
        pass
    for x in product(L, repeat=1):
        pass
    for x, y in zip_longest(L, L):
        pass
    for x in repeat(None, 100):
        pass
    list(map(add, L, L))
    list(zip(L, L, L))
    for x, y, z in zip(L, L, L):
        pass
    list(filter(None, L))
    list(enumerate(L))
    list(reversed(L))
    dict(zip(L, L))
    set(L)
    tuple(L)
    list(map(str, L))
    for a, b in combinations(L[:14], 2):
        pass
    for a, b in product(L[:10], L[:10]):
        pass
    for a in permutations(L[:5]):
        pass
    any(map(None.__eq__, ()))
    all(L)
    any((x < 0 for x in L))
    sum((x for x in L))
