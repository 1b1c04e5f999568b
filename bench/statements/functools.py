"""Functions about functions: caches, partial application, dispatch."""
# SPDX-License-Identifier: MIT
import operator
from functools import cache, cached_property, cmp_to_key, lru_cache, partial, reduce, singledispatch, singledispatchmethod, total_ordering, wraps


def plain(a, b=0, c=0):
    return a


def other():
    pass


@lru_cache
def recent(*args, **kwargs):
    return 1


@lru_cache(typed=True)
def typed(x):
    return x


@lru_cache(10)
def few(x):
    return x


@cache
def every(x):
    return x


@cache
def grows(x):
    return x


@singledispatch
def kind(x):
    return 1


@kind.register
def _(x: int):
    return 2


class Lazy:
    @cached_property
    def x(self):
        return 1

    @singledispatchmethod
    def kind(self, x):
        return 1

    @kind.register
    def _(self, x: int):
        return 2


@total_ordering
class Ordered:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v

    def __eq__(self, other):
        return self.v == other.v


most, third, third_b = partial(max, 1), partial(plain, 3), partial(plain, b=3)
by_size = cmp_to_key(lambda a, b: (a > b) - (a < b))
numbers, mixed = list(range(50)), [i * 7 % 50 for i in range(50)]
new = iter(range(10**9))
lazy, low, high = Lazy(), Ordered(1), Ordered(2)


def statements():
    partial(max, 1)
    most(2)
    third(2)
    third(2, c=3)
    third_b(1)
    reduce(operator.add, numbers)
    reduce(plain, numbers)
    sorted(mixed, key=by_size)
    recent(1)
    recent(1, 2)
    recent(1, y=2)
    typed(1)
    few(next(new))
    every(1)
    grows(next(new))
    lazy.x
    Lazy().x
    kind(1)
    lazy.kind(1)
    wraps(plain)(other)
    low >= high
