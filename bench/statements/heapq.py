"""Heaps of ints."""
# SPDX-License-Identifier: MIT
import heapq

L = [i * 7919 % 1000 for i in range(200)]
h = L[:]
heapq.heapify(h)


def statements():
    heapq.heapify(L[:])
    heapq.heappushpop(h, 5)
    heapq.heapreplace(h, 500)
    heapq.nlargest(5, L)
    heapq.nsmallest(5, L)
    list(heapq.merge(h, h))
    heapq.heappush(h, heapq.heappop(h))
