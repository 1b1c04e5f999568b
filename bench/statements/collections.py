"""Deques, counters, named tuples, ordered dicts."""
# SPDX-License-Identifier: MIT
from collections import ChainMap, Counter, OrderedDict, defaultdict, deque, namedtuple

d = deque(range(100))
dd = defaultdict(int)
od = OrderedDict(((i, i) for i in range(100)))
c = Counter('abracadabra')
P = namedtuple('P', 'x y')
p = P(1, 2)
cm = ChainMap({'a': 1}, {'b': 2})
od2 = OrderedDict.fromkeys(range(10))


def statements():
    d.append(1); d.popleft()
    d.appendleft(1); d.pop()
    d[50]
    d[0]
    list(d)
    deque(range(100))
    d.rotate(3)
    d.copy()
    50 in d
    d.extend([1, 2]); d.pop(); d.pop()
    for x in d:
        pass
    dd['a'] += 1
    dd['b']
    od[5]
    od[5] = 6
    list(od)
    list(od.items())
    od.move_to_end(5)
    od.move_to_end(5, False)
    OrderedDict(a=1, b=2)
    od.popitem(); od[99] = 1
    od == od
    Counter('abracadabra')
    c['a']
    c['a'] += 1
    c.most_common(2)
    c + c
    P(1, 2)
    p.x
    p._replace(x=3)
    p[0]
    x, y = p
    p == p
    hash(p)
    P._make((1, 2))
    p._asdict()
    cm['b']
    reversed(od)
    od2.copy()
    c.update('abc')
    namedtuple('Q', 'a b')
