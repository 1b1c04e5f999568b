# Two threads with half of the work each (.two) against one thread doing both halves (.one), and two forked processes (.processes). Each of the two has a CPU of its own,
# and works long enough that the first milliseconds, in which a CPU wakes up, do not count for much.
# SPDX-License-Identifier: MIT
import os
import threading

from _timing import report, size
from _work import (allocate, call_method, closure, compute, iterate, private,
                   read_class, read_dict, read_dict_get, read_global, read_instance, read_list)


CPUS = sorted(os.sched_getaffinity(0))


def on_cpu(k, function, n):
    os.sched_setaffinity(0, {CPUS[k % len(CPUS)]})
    function(n)


def both(function, n):
    function(n)
    function(n)


def two(function, n):
    threads = [threading.Thread(target=on_cpu, args=(k, function, n)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def processes(function, n):
    child = os.fork()
    on_cpu(1 if child else 0, function, n)
    if not child:
        os._exit(0)
    os.waitpid(child, 0)
    os.sched_setaffinity(0, CPUS)


n = size(9_000_000)
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
