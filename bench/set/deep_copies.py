# Copies, shallow and deep.
# SPDX-License-Identifier: MIT
import copy

from _timing import report, size


class Node:
    def __init__(self, i):
        self.i, self.items = i, [1, 2, {"a": i}]


def run(n):
    data = {"a": [1, 2, 3, (4, 5)], "b": {"c": [1.5, "x"]}, "n": [Node(i) for i in range(5)]}
    for _ in range(n):
        copy.deepcopy(data)
        copy.copy(data)
        copy.copy(data["n"][0])


report("deep_copies", run, size(3500))
