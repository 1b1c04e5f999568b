# Short ways around the general ones: the answers must be the same where a condition for them does not hold, or ends to hold halfway.
import bisect
import functools
import heapq
import math


# keys that are tuples, found without asking their items where these are numbers and strs
class Same:
    asked = 0

    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return hash(self.v)

    def __eq__(self, other):
        Same.asked += 1
        return self.v == (other.v if isinstance(other, Same) else other)


d = {(1, "a"): 1, (1, ("b", 2)): 2, (1.5, None): 3, (): 4, (Same(1), 2): 5, ((((((1,),),),),),): 6, (10**30, "x"): 7}
print(d[1, "a"], d[1.0, "a"], d[True, "a"], d[1, ("b", 2)], d[1, ("b", 2.0)], d[1.5, None], d[()], d[1, 2], Same.asked, d[((((((1,),),),),),)], d[10**30, "x"])
print((1, "b") in d, (1, "a", 1) in d, (1, ["b"][0] + "") in d, (Same(2), 2) in d, ("a", 1) in d, ((1, "a"),) in d)
d[1.0, "a"] = "again"
print(len(d), list(d)[0], d.pop((True, "a")), len(d))
n = math.nan
print((n, 1) in {(n, 1)}, {(0.0, 1): "zero"}[-0.0, 1], (2**62, 1) in {(2.0**62, 1)})


class Raises:
    def __hash__(self):
        return 7

    def __eq__(self, other):
        raise ValueError("asked")


try:
    {(Raises(), 1): 1}[Raises(), 1]
except ValueError as e:
    print(e)


@functools.lru_cache(maxsize=3)
def cached(*args):
    return args


for a in (1, 2), (3, 4), (1, 2), (5, 6), (7, 8), (1, 2), (3, 4), (1.0, 2):
    cached(*a)
print(cached.cache_info(), cached(1, 2), cached(1.0, 2.0))

# methods of built-in classes called through the class
for i in range(40):
    assert str.upper("a" * i) == "A" * i and int.bit_length(i) == i.bit_length() and list.index([1, 2, i + 5], i + 5) == 2 and dict.get({i: 1}, i) == 1
    assert int.bit_length(True) == 1 and str.join(",", ["a", "b"]) == "a,b" and int.from_bytes(b"\x01\x02", "big") == 258
for call in lambda: str.upper(5), lambda: str.upper(), lambda: int.bit_length("a"), lambda: list.append([]), lambda: str.join(",", "ab", 1), lambda: dict.get([], 1):
    for _ in range(20):
        try:
            call()
        except TypeError as e:
            text = str(e)
    print(text)


def kinds(f, x):
    return f(x)


class Text(str):
    pass


print([kinds(f, x) for _ in range(3) for f, x in ((str.upper, "a"), (str.lower, Text("B")), (int.__neg__, 5), (len, "abc"))])


# isinstance() with several classes: what an object says its class is counts
class Plain:
    pass


class Child(Plain):
    pass


class Pretends:
    @property
    def __class__(self):
        return int


class Meta(type):
    def __instancecheck__(cls, x):
        return x == 42


class Asked(metaclass=Meta):
    pass


p, c, q = Plain(), Child(), Pretends()
for _ in range(3):
    print(isinstance(p, (int, str, Plain)), isinstance(c, (int, Plain)), isinstance(p, (int, Child)), isinstance(q, (str, int)), isinstance(q, (str, bytes)),
          isinstance(p, (int, Asked)), isinstance(42, (str, Asked)), isinstance(c, int | Plain), isinstance(q, int), isinstance(p, int))


class Liar(Plain):
    __class__ = property(lambda self: str)


Child.__bases__ = (Liar,)
print(isinstance(c, str), isinstance(c, (int, str)), isinstance(c, (int, bytes)), isinstance(c, (bytes, Child)), isinstance(p, (int, str)))
Child.__bases__ = (Plain,)
print(isinstance(c, str), isinstance(c, (int, str)))
try:
    isinstance(p, (int, 5))
except TypeError as e:
    print(e)


# sorting and searching by a __lt__ in Python
class Order:
    def __init__(self, v):
        self.v = v

    def __lt__(self, other):
        return self.v < other.v

    def __repr__(self):
        return f"O{self.v}"


items = [Order(i * 7 % 10) for i in range(10)]
print(sorted(items), min(items), max(items, key=lambda o: o), bisect.bisect(sorted(items), Order(4)), heapq.nsmallest(2, items))
heap = items[:]
heapq.heapify(heap)
print([heapq.heappop(heap) for _ in range(10)])


class Reflected(Order):
    def __lt__(self, other):
        return NotImplemented

    def __gt__(self, other):
        return self.v > other.v


print(sorted([Reflected(3), Reflected(1), Reflected(2)]), bisect.bisect([Reflected(1), Reflected(3)], Reflected(2)))


class Odd(Order):
    def __lt__(self, other):
        return [1] if self.v < other.v else ()


print(sorted([Odd(3), Odd(1), Odd(2)]))


class Neither(Order):
    __lt__ = None


class Static(Order):
    __lt__ = staticmethod(lambda other: other.v > 2)


for cls in Neither, Reflected, Static:
    try:
        if cls is Reflected:
            del cls.__gt__
        print(sorted([cls(3), cls(1)]))
    except TypeError as e:
        print(e)


class Changes(Order):
    pass


def swap(self, other):
    Changes.__lt__ = lambda self, other: self.v > other.v
    return self.v < other.v


Changes.__lt__ = swap
print(sorted([Changes(2), Changes(1), Changes(3), Changes(0)]))


class Deep(Order):
    def __lt__(self, other):
        return sorted([Deep(2), Deep(1)]) and True


try:
    sorted([Deep(2), Deep(1)])
except RecursionError as e:
    print("RecursionError")

# bytes at a byte
for b in b"", b"a", b",", b"a,b", b",a,,b,", b"x" * 50 + b"," + b"y" * 50:
    print(b.split(b","), b.split(b",", 1), b.split(b",", 0), b.split(b",", -3), bytearray(b).split(b",")[:2])
whole = b"unsplit text"
print(whole.split(b",")[0] is whole)

# displays and lists of iterators of unknown length
for n in range(0, 200, 13):
    some = list(range(n))
    assert [*some, 1] == some + [1] and [*some, *some, 2] == some * 2 + [2] and [0, *tuple(some), 3] == [0] + some + [3]
    assert list(x for x in some) == some == list(map(int, some)) and [*(x for x in some), 4] == some + [4]
print("lists")


# attributes of objects of many classes at one place
class Base:
    def __init__(self):
        self.x = type(self).__name__

    def get(self):
        return self.x

    def put(self, v):
        self.x = v
        return self.x


classes = [type(f"C{i}", (Base,), {} if i % 3 else {"__init__": lambda self: (setattr(self, "y", 0), Base.__init__(self))[0]}) for i in range(6)]
objects = [c() for c in classes]
total = 0
for i in range(6000):
    o = objects[i * 7 % 6 if i < 3000 else 2]
    assert o.get() in (type(o).__name__, i - 1, i - 6) or isinstance(o.x, int)
    total += o.put(i)
print(total, [o.get() for o in objects])
