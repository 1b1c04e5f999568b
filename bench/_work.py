# Work for threads: on private data, and on one object that all read.
# SPDX-License-Identifier: MIT


class Thing:
    shared = 7

    def __init__(self):
        self.a = 3

    def method(self, v):
        return v


THING, LIST, DICT, GLOBAL = Thing(), list(range(100)), {i: i for i in range(100)}, 5


def closure():
    captured = 11

    def read_closure(n):
        total = 0
        for _ in range(n):
            total += captured
        return total

    return read_closure


def private(n):
    items, table, total = [], {}, 0
    for i in range(n):
        items.append(i)
        table[i & 255] = total
        total += items[-1]
        if len(items) > 1000:
            items = []
    return total


def compute(n):
    total = 0
    for i in range(n):
        total += i & 7
    return total


def allocate(n):
    for i in range(n):
        p = Thing()
        p.b = (i, [i])
    return p.b


def read_dict(n):
    d, total = DICT, 0
    for i in range(n):
        total += d[i % 100]
    return total


def read_dict_get(n):
    d, total = DICT, 0
    for i in range(n):
        total += d.get(50)
    return total


def read_list(n):
    s, total = LIST, 0
    for i in range(n):
        total += s[i % 100]
    return total


def read_instance(n):
    o, total = THING, 0
    for _ in range(n):
        total += o.a
    return total


def call_method(n):
    o, total = THING, 0
    for i in range(n):
        total += o.method(1)
    return total


def read_class(n):
    total = 0
    for _ in range(n):
        total += Thing.shared
    return total


def read_global(n):
    total = 0
    for _ in range(n):
        total += GLOBAL
    return total


def iterate(n):
    s, total = LIST, 0
    for _ in range(n // 50):
        for v in s:
            total += v
    return total
