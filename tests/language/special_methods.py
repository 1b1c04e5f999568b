# Special methods that are Python functions, called without C recursion: what they give back, what they raise, and whose turn it is afterwards.
# SPDX-License-Identifier: MIT
import sys
import traceback


class V:
    def __init__(self, x, y=0, *, name="v"):
        self.x, self.y, self.name = x, y, name

    def __add__(self, o):
        if isinstance(o, V):
            return V(self.x + o.x)
        return NotImplemented

    def __radd__(self, o):
        return ("radd", o)

    def __sub__(self, o):
        raise ValueError("no sub")

    def __mul__(self, o):
        return NotImplemented

    def __eq__(self, o):
        return self.x == o.x if isinstance(o, V) else NotImplemented

    def __lt__(self, o):
        return [] if self.x >= o.x else [1]

    def __getitem__(self, i):
        if i > 2:
            raise IndexError(i)
        return i * self.x

    def __call__(self, a, b=2, *c, **d):
        return self.x, a, b, c, d


class W(V):
    def __add__(self, o):
        return "W.add"

    def __radd__(self, o):
        return "W.radd"


def attempt(f, *args):
    try:
        return f(*args)
    except Exception as e:
        return type(e).__name__, str(e)


a, b, w = V(1), V(2), W(3)
for _ in range(20):
    r = [(a + b).x, attempt(lambda: a + 1), 1 + a, a + w, w + a, attempt(lambda: a - b), attempt(lambda: a * b), attempt(lambda: a * 2), attempt(lambda: a * "s")]
    c = a
    c += b
    r += [c.x, a == V(1), a == b, a != b, a == 1, a != 1, a < b, bool(b < a), attempt(lambda: a < 3), a > b, attempt(lambda: a <= b)]
    r += [a[1], b[2], attempt(lambda: a[5]), a(1), a(1, 3), a(1, 2, 3, z=4), attempt(a), a(a=9), attempt(lambda: a(1, a=2))]
    if a < b:
        r.append("less")
    while b < a:
        break
    else:
        r.append("not less")
    if a == 1 or a == V(1):
        r.append("equal")
    m = a.__call__
    r += [m(5), m(5, 6), attempt(m), m(b=1, a=2)]
    r += [V(1, 2).y, V(1, name="n").name, V(y=4, x=5).y, attempt(V), attempt(lambda: V(1, 2, 3)), attempt(lambda: V(1, zz=1))]
print(r)


def where():
    try:
        a - b
    except ValueError as e:
        return [(f.name, f.line) for f in traceback.extract_tb(e.__traceback__)]


print(where())


class Deep:
    def __init__(self, n):
        self.n = n

    def __add__(self, o):
        return Deep(self.n - 1) + o if self.n else o

    def __eq__(self, o):
        return self.n == 0 or Deep(self.n - 1) == o

    def __getitem__(self, i):
        return Deep(self.n - 1)[i] if self.n else i

    def __call__(self, i):
        return Deep(self.n - 1)(i) if self.n else i


d = Deep(200)
print(d + 7, d == 1, d[8], d(9))
sys.setrecursionlimit(300)
for f in (lambda: Deep(1000) + 1, lambda: Deep(1000) == 1, lambda: Deep(1000)[1], lambda: Deep(1000)(1)):
    print(attempt(f)[0])
sys.setrecursionlimit(1000)


def gen():
    got = yield a + b
    while True:
        got = yield a[got], a == b, a(got), V(got, 1).y


g = gen()
print(next(g).x, g.send(2), g.send(1))


class G:
    def __init__(self):
        yield

    @property
    def p(self):
        return 1

    @p.setter
    def p(self, v):
        yield v

    def __getitem__(self, i):
        yield i


print(attempt(G))
h = object.__new__(G)
for _ in range(10):
    h.p = 5
    print(next(h[4]), end=" ")
print()


class Changing:
    def __add__(self, o):
        return 1


x = Changing()
for i in range(6):
    if i == 2:
        Changing.__add__ = lambda s, o: 2
    if i == 4:
        del Changing.__add__
    print(attempt(lambda: x + x), end=" ")
print()


# Deleted attributes: the rest keep their order and their values.
class N:
    def __init__(self):
        self.a, self.b, self.c, self.d = 1, [2], 3, "4"


for i in range(20):
    n = N()
    del n.b
    n.e = 5
    k = dict(vars(N())), n.a, n.c, n.d, n.e, attempt(lambda: n.b)
    p = N()
    del p.a, p.c
    p.a = 6
    del p.d
    q = N()
    for name in "dcba":
        delattr(q, name)
    print(attempt(lambda: q.a), vars(q)) if i == 19 else None
print(k, vars(n), vars(p))
many = N()
for i in range(3000):
    setattr(many, f"z{i % 40}", i)
    if i % 3:
        delattr(many, f"z{i % 40}")
print(len(vars(many)), many.a, many.z0 if hasattr(many, "z0") else None)
# Bound methods, kept and called in many ways.
calls = [a.__add__, [].append, "x".join, a.__call__, V, len]
print([attempt(c, "t") if c is not V else c(7).x for c in calls][1:])
