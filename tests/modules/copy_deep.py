# copy: what deepcopy asks, and in which order: memo, tables, methods of classes.
import collections, copy, copyreg, types


class Memo(collections.UserDict):
    def get(self, key, default=None):
        gets.append(key in self.data)
        return super().get(key, default)


gets = []
m = Memo()
x = [[1], (2, [3]), {"k": (4,)}]
y = copy.deepcopy(x, m)
print(y == x, y is x, y[2]["k"] is x[2]["k"], len(gets), m[id(x)] is y, [k is x for k in m[id(m)]].count(True))
swap = object()
print(copy.deepcopy([5, swap, "s"], {id(swap): "swapped", id("s"): "other"}))

loop = []
loop.append((loop,))
z = copy.deepcopy(loop)
print(z[0][0] is z, z is loop)
t = ([],)
t[0].append(t)
u = copy.deepcopy(t)
print(u[0][0] is u, u is t)
d = {}
d["d"] = d
print(copy.deepcopy(d)["d"]["d"] is not d)


class Tracked:
    def __init__(self, v):
        self.v = v

    def __deepcopy__(self, memo):
        log.append(self.v)
        return Tracked(copy.deepcopy(self.v, memo))


log = []
print(copy.deepcopy({Tracked(1): Tracked(2), (Tracked(3),): [Tracked(4)]}).__len__(), log)


class Slots:
    __slots__ = ("a", "b", "__dict__")


s = Slots()
s.a, s.c = [1], [2]
r = copy.deepcopy(s)
print(r.a, r.c, r.a is s.a, hasattr(r, "b"))


class Setter:
    def __setstate__(self, state):
        self.got = state


s = Setter()
s.q = [1]
print(copy.deepcopy(s).got)


class L(list):
    pass


class D(dict):
    pass


class OD(collections.OrderedDict):
    pass


l, e = L([1, [2]]), D(a=[1])
l.x, e.y = [3], e
o = OD(a=[l])
o.o = o
for v in (l, e, o):
    w = copy.deepcopy(v)
    print(type(w).__name__, w == v, w is v, [k for k in vars(w)])
print(copy.deepcopy(e).y["a"] is not e["a"], copy.deepcopy(o).o["a"][0].x)


class Prop:
    x = property(lambda s: s.__dict__["x"] * 2, lambda s, v: None)

    def __init__(self):
        self.__dict__["x"] = [1]


print(copy.deepcopy(Prop()).x, copy.copy(Prop()).x)


class Odd:
    def __init__(self, rv):
        self.rv = rv

    def __reduce_ex__(self, p):
        return self.rv


for rv in ("name", (int,), (int, ()), (list, ([1],)), [complex, (1, 2)], (1, 2, 3), (list, (), None, iter([1, [2]])), (dict, (), None, None, iter([(1, [2])])), (dict, (), None, None, [(1,)]),
           (dict, (), None, None, [(1, 2, 3)]), (list, [[1]]), (Odd, (1,), {"k": [1]}), (Odd, (1,), (None, {"k": 2})), (Odd, (1,), 5), 7):
    v = Odd(rv)
    try:
        w = copy.deepcopy(v)
        print(type(w).__name__, w is v, vars(w) if isinstance(w, Odd) and w is not v else "" if isinstance(w, Odd) else w)
    except Exception as err:
        print(type(err).__name__, str(err)[:60])


class None_:
    __deepcopy__ = None
    __reduce_ex__ = None
    __reduce__ = None


try:
    copy.deepcopy([None_()])
except copy.Error as err:
    print(type(err).__name__, str(err)[:35])


class Grows(Tracked):
    def __deepcopy__(self, memo):
        big[len(big)] = 1
        return self


big = {0: Grows(1)}
try:
    copy.deepcopy(big)
except RuntimeError as err:
    print(err)


class Odd2:
    pass


copy._deepcopy_dispatch[Odd2] = lambda x, memo: ("dispatched", memo is not None)
print(copy.deepcopy([Odd2()]))
del copy._deepcopy_dispatch[Odd2]
copy._deepcopy_dispatch[L] = copy._deepcopy_list
print(type(copy.deepcopy([L([1])])[0]).__name__)
del copy._deepcopy_dispatch[L]
copyreg.dispatch_table[Odd2] = lambda x: (str, ("reduced",))
print(copy.deepcopy([Odd2()]), copy.copy(Odd2()))
del copyreg.dispatch_table[Odd2]


class A:
    copied = copy.deepcopy

    def m(self):
        return self


a = A()
a.bound = a.m
b = a.copied()
print(type(b).__name__, b.bound.__self__ is b, copy.deepcopy(A) is A, copy.deepcopy(a.m).__self__ is not a)
print(copy.deepcopy(types.SimpleNamespace(q=[1])), copy.deepcopy({1, 2}), copy.deepcopy(bytearray(b"x")), copy.deepcopy(range(3)), copy.deepcopy(frozenset([1])))


class Eq:
    def __init__(self):
        self.x = 1


c = copy.copy(Eq())
print(vars(c), copy.replace(types.SimpleNamespace(a=1), a=2))
try:
    copy.replace(1)
except TypeError as err:
    print(err)
