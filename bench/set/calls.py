# Functions: positional, keyword, default, *args and **kwargs calls.
# SPDX-License-Identifier: MIT
from _timing import report, size


def plain(a, b):
    return a


def default(a, b=2, *, c=3):
    return b


def star(*args):
    return args


def star_star(**kwargs):
    return kwargs


def tak(x, y, z):
    if y >= x:
        return z
    return tak(tak(x - 1, y, z), tak(y - 1, z, x), tak(z - 1, x, y))


def run(n):
    pair = (1, 2)
    for i in range(n):
        plain(i, 1)
        plain(a=i, b=2)
        default(i)
        default(i, c=4)
        star(i, i, i)
        plain(*pair)
        star_star(a=i, b=i)
    return tak(15, 10, 5)


report("calls", run, size(450_000))
