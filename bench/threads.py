# Two threads with half of the work each (.two) against one thread doing both halves (.one), and two forked processes (.processes).
# SPDX-License-Identifier: MIT
import os
import threading

from _timing import report, size


class Thing:
    shared = 7

    def __init__(self):
        self.a = 3

    def method(self, v):
        return v


THING, LIST, DICT, GLOBAL = Thing(), list(range(100)), {i: i for i in range(100)}, 5


def closure():
    captured = 11

    def read(n):
        total = 0
        for _ in range(n):
            total += captured
        return total

    return read


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


def both(function, n):
    function(n)
    function(n)


def two(function, n):
    threads = [threading.Thread(target=function, args=(n,)) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def processes(function, n):
    child = os.fork()
    function(n)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)


n = size(3_000_000)
PARTS = {
    "compute": (compute, n * 2), "private_data": (private, n // 2), "allocate": (allocate, n // 3),
    "read_dict": (read_dict, n), "read_dict_get": (read_dict_get, n), "read_list": (read_list, n),
    "read_instance": (read_instance, n), "call_method": (call_method, n), "read_class": (read_class, n),
    "read_closure": (closure(), n), "read_global": (read_global, n), "iterate_list": (iterate, n * 2),
}
for name, (function, count) in PARTS.items():
    function(count // 20)
    report(name + ".one", both, function, count)
    report(name + ".two", two, function, count)
    report(name + ".processes", processes, function, count)
