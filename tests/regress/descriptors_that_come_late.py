# A name that has been an instance's attribute in cached code becomes a data descriptor of its class in more than one step, or because the class of what the class holds
# changes: each read and write of it after that goes through the descriptor.
import threading


class Plain:
    pass


def read(o):
    return o.x


def write(o, v):
    o.x = v


def warm(o, n=60):
    for _ in range(n):
        write(o, read(o))


# none, a plain value, a property
class A:
    pass


a = A()
a.x = 1
warm(a)
A.x = 5
warm(a)
seen = []
A.x = property(lambda self: "property", lambda self, v: seen.append(v))
print(read(a), (write(a, 3), seen)[1])  # expect: property [3]
del A.x
print(read(a))  # expect: 1
warm(a)
A.x = property(lambda self: "again")
print(read(a))  # expect: again


# a method first
class B:
    def x(self):
        pass


b = B()
b.x = 1
warm(b)
B.x = 7
B.x = property(lambda self: "after a method and a value")
print(read(b))  # expect: after a method and a value


# below, through a base
class Base:
    pass


class Derived(Base):
    pass


d = Derived()
d.x = 1
warm(d)
Base.x = 1
Base.x = property(lambda self: "of the base")
print(read(d))  # expect: of the base


# another field of __slots__
class Slots:
    __slots__ = ("x", "y")


s = Slots()
s.x, s.y = 1, 2
warm(s)
Slots.x, Slots.y = Slots.y, Slots.x
print(read(s), s.y)  # expect: 2 1


# the class of the class attribute
class NoDescriptor:
    pass


class Getter:
    def __get__(self, o, t):
        return "got"


class Data:
    def __get__(self, o, t):
        return "data"

    def __set__(self, o, v):
        seen.append(v)


class C:
    x = NoDescriptor()


c, own = C(), C()
own.x = 1
for _ in range(60):
    read(c)
warm(own)
C.__dict__["x"].__class__ = Getter
print(read(c), C.x, read(own))  # expect: got got 1
warm(own)
C.__dict__["x"].__class__ = Data
write(own, 9)
print(read(c), read(own), seen[-1])  # expect: data data 9


# methods that the class of the class attribute gets and loses
class Late:
    pass


class Later(Late):
    pass


class D:
    pass


D.x = Later()
d, own = D(), D()
own.x = 1
warm(own)
Late.__get__ = lambda self, o, t: "late"
print(read(d), read(own))  # expect: late 1
warm(own)
Late.__set__ = lambda self, o, v: seen.append(v)
print(read(d), read(own))  # expect: late late
del Late.__set__
print(read(own))  # expect: 1
Late.x = property(lambda self: 0)
Later.__bases__ = (Data,)
print(read(d), read(own))  # expect: data data


# a metaclass's, with more names asked for than are remembered
class Meta(type):
    pass


class M(metaclass=Meta):
    x = 7


for i in range(3000):
    getattr(M, f"none{i}", None)
for _ in range(60):
    read(M)
Meta.x = property(lambda cls: "of the metaclass")
print(read(M), read(M))  # expect: of the metaclass of the metaclass


# properties of all classes, of which each has its own
class P(Plain, metaclass=Meta):
    __module__ = "elsewhere"


def about(c):
    return c.__name__, c.__module__, len(c.__bases__), len(c.__mro__), type(c.__dict__).__name__


for _ in range(30):
    told = [about(k) for k in (int, Plain, P, Meta, A)]
print(told[0], told[2])  # expect: ('int', 'builtins', 1, 2, 'mappingproxy') ('P', 'elsewhere', 1, 3, 'mappingproxy')


# while others read and write
class Shared:
    pass


objects = [Shared() for _ in range(8)]
for o in objects:
    o.x = 0
stop, wrong = threading.Event(), []


def use():
    while not stop.is_set():
        for o in objects:
            v = read(o)
            if v not in (0, "p"):
                wrong.append(v)
            try:
                write(o, 0)
            except AttributeError:
                pass


threads = [threading.Thread(target=use) for _ in range(3)]
for t in threads:
    t.start()
for i in range(150):
    Shared.x = i
    Shared.x = property(lambda self: "p")
    if {read(o) for o in objects} != {"p"}:
        wrong.append(i)
    del Shared.x
    if "p" in {read(o) for o in objects}:
        wrong.append(-i)
stop.set()
for t in threads:
    t.join()
print(wrong)  # expect: []
