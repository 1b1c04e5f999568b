# Pickle, written and read.
# SPDX-License-Identifier: MIT
import pickle

from _timing import report, size


class Node:
    def __init__(self, i):
        self.i, self.children, self.name = i, [], f"n{i}"


def run(n):
    data = [{"id": i, "name": f"item {i}", "tags": ("a", "b"), "price": i * 1.25} for i in range(n)]
    nodes = [Node(i) for i in range(n // 2)]
    for a, b in zip(nodes, nodes[1:]):
        a.children.append(b.name)
    total = 0
    for protocol in (2, 5):
        s = pickle.dumps((data, nodes), protocol)
        total += len(s) + len(pickle.loads(s)[0])
    return total


report("pickling", run, size(35_000))
