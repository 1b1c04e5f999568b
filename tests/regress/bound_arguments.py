# Calls with *args, **kwargs and keyword-only defaults; attributes of instances of int, str and tuple subclasses; modules without an attribute; reduced instances.
import copy, enum, sys, types


def f(a, b=2, *rest, c=3, d, **kw):
    return a, b, rest, c, d, kw


def g(x, *args, **kw):
    return f(x, *args, **kw)


class C:
    def m(self, a, *rest, k=1, **kw):
        return self.__class__.__name__, a, rest, k, kw

    def __call__(self, *args, **kw):
        return args, kw


def show(call):
    try:
        print(call())
    except TypeError as e:
        print(type(e).__name__, e)


for _ in range(3):
    show(lambda: f(1, d=4))
    show(lambda: f(1, 2, 3, 4, d=4, e=5))
    show(lambda: f(1))
    show(lambda: f(1, 2, a=3, d=4))
    show(lambda: g(1, d=4))
    show(lambda: g(1, 2, 3, d=4, z=5))
    show(lambda: g(d=4))
    show(lambda: g(1, b=1, d=0, **{"q": 1, "r": 2}))
    show(lambda: g(1, **{"d": 1, "x": 2}))
    show(lambda: f(*(1, 2), **{"d": 1, 2: 3}))
    show(lambda: C().m(1, 2, k=2, l=3))
    show(lambda: C().m(*(1, 2), **{"k": 5, "".join("ab"): 6}))
    show(lambda: C()(*(1, 2), **{"k": 5}))
    show(lambda: C().m(*()))
    f.__kwdefaults__ = {"d": "late", "c": "changed"}
    show(lambda: f(1))
    f.__kwdefaults__ = {"c": 3}


def positional(a, /, b, **kw):
    return a, b, kw


show(lambda: positional(1, 2, a=3))
show(lambda: positional(1, **{"a": 3, "b": 4}))


def only(*, a=1, b, c=3):
    return a, b, c


show(lambda: only(b=2))
show(lambda: only(c=2))
show(lambda: (lambda *a, **k: (a, k))(*range(30), **{"k%d" % i: i for i in range(3)}))


class I(int):
    y = 5

    def __or__(self, other):
        return "or", int(self), other

    def __lshift__(self, other):
        return "shift", int(self), other


class T(tuple):
    pass


def attributes(o):
    o.x = 1
    seen = [o.x, getattr(o, "y", None)]
    o.x += 1
    for i in range(10):
        setattr(o, "a%d" % i, i)
    seen += [o.x, o.a9, sorted(o.__dict__)[:3], o.x]
    del o.x
    return seen + [hasattr(o, "x")]


for o in I(3), I(2**100), T((1, 2)), T(), I(4):
    print(attributes(o))
print(I(1) | 2, I(1) << 3, I(1) | I(2) == I(1) | I(2))


class F(enum.IntFlag):
    A = 1
    B = 2
    D = 8


for i in range(4):
    print(F.A | F.B, F.A in F.A | F.D, F(8), ~F.A, (F.A | F.D) ^ F.A)
print(hasattr(sys, "_not_there"), getattr(sys, "_not_there", 1))
m = types.ModuleType("m")
m.__getattr__ = lambda name: name * 2
print(m.ab, hasattr(m, "cd"))


def missing(name):
    raise AttributeError(name)


m.__getattr__ = missing
print(hasattr(m, "cd"), getattr(m, "cd", "default"))
print("%(a)s-%(b)d|%(a)5s|%(c)r|%(n)s" % {"a": "x", "b": 12, "c": "q", "n": -7}, "%(%)s" % {"%": 1})
for bad in "%(a", "%(zz)s", "%(a)":
    try:
        print(bad % {"a": 1})
    except Exception as e:
        print(type(e).__name__, e)


class N:
    def __init__(self):
        for i in range(20):
            setattr(self, "n%d" % i, [i])


n = N()
print(n.__reduce_ex__(4)[2] == n.__dict__, len(vars(n)), n.n19, copy.copy(n).n3 is n.n3, copy.deepcopy(n).n19)


class R:
    def __reduce__(self):
        return R, ()


print(R().__reduce_ex__(4), object.__reduce_ex__(N, 4)[0].__name__ if False else "")
n = R()
n.__reduce__ = lambda: "own"
print(n.__reduce_ex__(2))


def lines():
    fr = sys._getframe()
    return [fr.f_lineno - lines.__code__.co_firstlineno,
            fr.f_lineno - lines.__code__.co_firstlineno]


print(lines())


class Slotted:
    __slots__ = ("a", "b")

    def __init__(self, a):
        self.a = a
        self.b = None

    def both(self):
        return self.a, self.b


class WithDict(Slotted):
    pass


def use(o, v):
    o.b = v
    o.a = o.b
    return o.a


for i in range(40):
    s, w = Slotted(i), WithDict(i)
    w.z = i
    assert s.both() == (i, None) and w.both() == (i, None) and use(s, [i]) == [i] and use(w, i) == i and w.z == i
old = Slotted.a
Slotted.a = property(lambda self: ("property", self.b), lambda self, v: None)
print(use(s, 5), use(w, 6), s.both())
Slotted.a = old
print(use(s, 7), s.both())


class Other:
    __slots__ = ("x", "y", "z")


Slotted.a = Other.z
for o in (s, w):
    for f in (lambda: use(o, 8), lambda: o.both(), lambda: o.a):
        try:
            print(f())
        except TypeError as e:
            print(e)
del Slotted.a
try:
    print(s.both())
except AttributeError as e:
    print(e)
Slotted.a = old
print(s.both())
del s.a
try:
    print(s.both())
except AttributeError as e:
    print(e)
s.a = 9
print(s.both())
w.__class__ = Slotted.__class__("Copy", (Slotted,), {})
print(w.both(), use(w, 1))


class Failure(Exception):
    def __init__(self, code, *rest, extra=None):
        super().__init__(code, *rest)
        self.code, self.extra = code, extra


class Ints(list):
    def __init__(self, *items, **kw):
        super().__init__(items)
        self.kw = kw


class Word(str):
    def __new__(cls, s, n=1):
        return super().__new__(cls, s * n)

    def __init__(self, s, n=1):
        self.n = n


class Switch:
    def __new__(cls, what):
        return super().__new__(cls) if what == "own" else super().__new__(Sub) if what == "sub" else what

    def __init__(self, what):
        self.made = what


class Sub(Switch):
    def __init__(self, what):
        self.sub = what


class Wrong(list):
    def __init__(self):
        return 5


class Gen(list):
    def __init__(self):
        yield


class Owner:
    def __init__(self):
        self.name = "owner"

    class Get:
        def __get__(self, obj, kind=None):
            if obj is not None and obj.name == "bad":
                raise AttributeError("bad name")
            return type(self).__name__, obj and obj.name, kind.__name__

    class Few:
        def __get__(self, obj, *rest):
            return len(rest)

    got, few = Get(), Few()


for i in range(20):
    try:
        raise Failure(i, i + 1, extra="e")
    except Failure as e:
        assert (e.args, e.code, e.extra) == ((i, i + 1), i, "e")
    assert Failure(3).extra is None and Ints(1, 2, a=3).kw == {"a": 3} and Ints(*range(3)) == [0, 1, 2]
    w = Word("ab", n=2)
    assert (w, w.n) == ("abab", 2)
    assert Switch("own").made == "own" and Switch("sub").sub == "sub" and Switch(5) == 5
    o = Owner()
    assert (o.got, Owner.got, o.few) == (("Get", "owner", "Owner"), ("Get", None, "Owner"), 1)
    o.name = "bad"
    for bad in Failure, Wrong, Gen, lambda: Word("a", m=1), lambda: Ints(1)(2), lambda: o.got, lambda: getattr(o, "got", "default"):
        try:
            r = bad()
        except (TypeError, AttributeError) as e:
            r = e
        if i in (0, 19):
            print(repr(r))
