"""Classes, calls, displays, exceptions, patterns; methods of the built-in types."""
# SPDX-License-Identifier: MIT
import abc
import collections
import dataclasses
import enum
import sys


class A:
    def m(s):
        return 1

    @classmethod
    def c(k):
        return 1

    @staticmethod
    def s():
        return 1

    @property
    def p(s):
        return 1

    def __call__(s):
        return 1

    def __len__(s):
        return 1

    def __getitem__(s, i):
        return i

    def __contains__(s, i):
        return True

    def __eq__(s, o):
        return True

    def __hash__(s):
        return 1

    def __add__(s, o):
        return 1

    def __bool__(s):
        return True

    def __iter__(s):
        return iter(())

    def __enter__(s):
        return s

    def __exit__(s, *a):
        pass


class B(A):
    def m(s):
        return super().m()


class G:
    def __getattr__(s, n):
        return 1


class GA:
    def __getattribute__(s, n):
        return 1


class MM(type):
    def __call__(c):
        return type.__call__(c)


class MC(metaclass=MM):
    pass


class DS:
    __slots__ = ('a', 'b')

    def __init__(s):
        s.a = 1
        s.b = 2


class E(enum.Enum):
    X = 1
    Y = 2


class F(enum.Flag):
    X = 1
    Y = 2


a = A()
b = B()
g = G()
ga = GA()
L = [1, 2, 3]
x = 5
d = {'a': 1}
S = {1, 2, 3}
s = 'hello world'


@dataclasses.dataclass
class DC:
    x: int
    y: int = 0


@dataclasses.dataclass(frozen=True)
class DF:
    x: int


dc = DC(1)
dg = DC(1)


def kw(**k):
    return k


def va(*v):
    return v


def kd(*, a, b=1):
    return a


def statements():
    a.m()
    a.c()
    A.c()
    a.s()
    a.p
    a()
    len(a)
    a[1]
    1 in a
    a == a
    hash(a)
    a + 1
    not a
    for q in a:
        pass
    with a:
        pass
    b.m()
    g.x
    ga.x
    MC()
    DS()
    A()
    E.X
    E(1)
    E['X']
    E.X.value
    E.X.name
    F.X | F.Y
    F.X in F.Y
    list(E)
    isinstance(a, A)
    isinstance(a, (int, str, A))
    issubclass(B, A)
    isinstance([], collections.abc.Sequence)
    [*L, x]
    {**d, 'b': 1}
    (*L, *L)
    f'{x} {x:>5} {s!r}'
    '%d %s' % (x, s)
    '{} {}'.format(x, s)
    s.split()
    ' '.join(['a', 'b'])
    s.replace('o', '0')
    s.upper()
    s.find('w')
    s.startswith('he')
    s[2:5]
    s.encode()
    b'abc'.decode()
    s * 3
    s + s
    int('123')
    float('1.5')
    str(123)
    str(1.5)
    repr(s)
    hex(255)
    ord('a')
    chr(97)
    round(1.234, 2)
    divmod(7, 3)
    pow(3, 4, 5)
    abs(-3)
    x ** 2
    2 ** 100
    10 ** 30 // 7
    L.copy()
    L.index(2)
    L.count(2)
    sorted(L)
    L[::-1]
    L[1:]
    del_ = L[:]; del del_[0]
    S | S
    S & S
    S - S
    S.copy()
    set(L)
    frozenset(L)
    d.copy()
    dict(d)
    dict(a=1, b=2)
    d | d
    list(d.items())
    d.get('a')
    d.get('z')
    d.setdefault('a', 1)
    d.keys() & d.keys()
    getattr(a, 'm')
    getattr(a, 'zz', None)
    hasattr(a, 'zz')
    setattr(g, 'y', 1)
    type(a)
    type('X', (), {})
    class_ = type('X', (A,), {})
    lambda: 1
    (lambda: 1)()
    kw(a=1, b=2)
    va(1, 2, 3)
    kd(a=1)
    kd(a=1, b=2)
    va(*L)
    kw(**d)
    DC(1, 2)
    dc == dg
    repr(dc)
    DF(1)
    dataclasses.replace(dc, x=2)
    dataclasses.asdict(dc)
    try:
        raise ValueError
    except ValueError:
        pass
    try:
        1 / 0
    except ZeroDivisionError:
        pass
    try:
        d['q']
    except KeyError:
        pass
    try:
        a.zz
    except AttributeError:
        pass
    [i for i in L]
    {i: i for i in L}
    {i for i in L}
    list((i for i in L))
    match L:
        case [a_, *r]:
            pass
    match d:
        case {'a': z}:
            pass
    match x:
        case 1 | 2 | 3:
            pass
        case 5:
            pass
    match dc:
        case DC(x=1):
            pass
    A.__subclasses__()
    vars(a)
    dir(a)
    id(a)
    print
    globals()
    locals()
    iter(L)
    next(iter(L))
    slice(1, 2)
    range(10)
    bytes(10)
    bytearray(10)
    memoryview(b'abc')
    object()
    complex(1, 2)
    (1 + 2j) * (3 + 4j)
    1.5 // 0.3
    7.0 % 3
    eval('1+1')
    compile('1+1', 'a', 'eval')
    exec('z=1')
    import_ = __import__('os')
    import os
    from os import path
    sys._getframe()
    callable(a)
    zip(L, L)
    enumerate(L)
    reversed(L)
    max(1, 2, 3)
    all(L)
    sum(L)
    ascii(s)
    format(3.14159, '.2f')
    s.center(20)
    s.title()
    s.isalpha()
    s.strip()
    s.splitlines()
    s.partition(' ')
    s.rsplit(' ', 1)
    s.translate({104: 'j'})
    str.maketrans('a', 'b')
    s.casefold()
    s in s
    s == 'hello world'
    s < 'z'
    hash(s)
    b'a,b'.split(b',')
    b'abc' + b'd'
    bytes(b'abc')
    int.bit_length(255)
    255 .bit_count()
    1 << 70
    x.conjugate()
    3.7.is_integer()
    float.fromhex('0x1p3')
    1.5.hex()
    tuple(L)
    L == L
    (1, 2) < (1, 3)
    L + L
    L * 2
    L.append(1); L.pop()
    L.insert(0, 1); L.pop(0)
    L.reverse()
    L.sort()
    L.extend([1]); L.pop()
