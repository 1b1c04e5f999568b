# Exceptions raised, caught, re-raised, and try blocks that raise nothing; with blocks.
# SPDX-License-Identifier: MIT
from contextlib import contextmanager, suppress

from _timing import report, size


class Problem(Exception):
    def __init__(self, code):
        super().__init__(code)
        self.code = code


class Guard:
    def __enter__(self):
        return self

    def __exit__(self, *exc):
        return False


@contextmanager
def managed():
    yield 1


def fail(i):
    raise Problem(i)


def deep(n, i):
    if n:
        return deep(n - 1, i)
    raise ValueError(i)


def run(n):
    total, d, guard = 0, {}, Guard()
    for i in range(n):
        try:
            total += 1
        except ValueError:
            pass
        try:
            fail(i)
        except Problem as e:
            total += e.code
        try:
            d[i]
        except KeyError:
            total += 1
        try:
            try:
                int("x")
            except ValueError as e:
                raise TypeError("again") from e
            finally:
                total += 1
        except TypeError:
            pass
        with guard as g:
            total += g is guard
        with suppress(KeyError):
            del d[i]
        if i % 4 == 0:
            with managed() as m:
                total += m
            try:
                deep(5, i)
            except ValueError:
                pass
    return total


report("exceptions", run, size(40_000))
