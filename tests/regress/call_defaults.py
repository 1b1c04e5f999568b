# Calls that leave parameters to their defaults: by functions, methods, constructors, from generators; defaults that change; dict.items() loops.
import sys


def f(a, b=2, c=[]):
    c.append(a)
    return a, b, len(c)


class C:
    def __init__(self, x, y=5):
        self.x, self.y = x, y

    def m(self, p=1, q=None):
        return self.x + p, q


class D(C):
    def __init__(self, x=1, *, k=2):
        super().__init__(x)
        self.k = k


def gen(n):
    for i in range(n):
        yield f(i), C(i).m(), C(i, 1).m(q=i), f(i, i)


for i in range(3):
    print(f(i), f(i, 1), C(i).m(), C(i).m(2), C(i, 2).m(3, 4), D().x, D(3).y, D(k=1).k)
print(list(gen(3)))


def call(n):
    out = []
    for i in range(n):
        try:
            out.append(f(i)[:2])
        except TypeError as e:
            out.append(str(e))
        if i == 2:
            f.__defaults__ = (7,)
        if i == 4:
            f.__defaults__ = (8, [])
        if i == 6:
            f.__defaults__ = None
    return out


print(call(8))


def deep(n, m=1):
    return deep(n - 1) + m if n else 0


print(deep(800))
try:
    deep(10 ** 6)
except RecursionError as e:
    print(e)


def deepgen(n, m=1):
    yield from deepgen(n - 1) if n else ()
    yield deep(n)


print(sum(deepgen(50)))


class Loud:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        print("del", self.n)


def items(d):
    for k, v in d.items():
        print(k, v.n)


items({i: Loud(i) for i in range(3)})


def total(d):
    t = 0
    for k, v in d.items():
        t += k * v
    return t


print(total({i: i for i in range(100)}), total({}))
it = {1: 2, 3: 4}.items()


def two(x):
    for k, v in x:
        yield k, v


print(list(two(it)), list(two(iter(it))), list(two([(1, 2)])), list(two({5: 6}.items())))
d = {1: 1, 2: 2}
try:
    for k, v in d.items():
        d[k + 10] = v
except RuntimeError as e:
    print(e, sys.exc_info()[2].tb_lineno)
for (a, b), c in {(1, 2): 3}.items():
    print(a, b, c)
