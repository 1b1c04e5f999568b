"""Sorting, searching, the least and the greatest."""
# SPDX-License-Identifier: MIT
import bisect
import heapq


class K:
    __slots__ = ('v',)

    def __init__(s, v):
        s.v = v

    def __lt__(s, o):
        return s.v < o.v


L = [K(i * 7919 % 1000) for i in range(50)]
TT = [(i * 7919 % 1000, i) for i in range(200)]
bs = list(range(1000))


def statements():
    heapq.heapify(L[:])
    sorted(L)
    heapq.heapify(TT[:])
    sorted(TT)
    bisect.bisect(bs, 500)
    bisect.bisect_left(bs, 333)
    bisect.bisect(bs, 500, key=lambda x: x)
    bisect.insort(bs, 500); bs.pop(500)
    min(L)
    max(TT)
    max(bs)
    min(1, 2)
    max(bs, key=lambda x: -x)
    sum(bs)
    sorted(bs, reverse=True)
    sorted(bs, key=lambda x: -x)
