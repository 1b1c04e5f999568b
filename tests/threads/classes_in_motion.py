# Threads replace each other's __class__, __dict__, __bases__, slots, descriptors, special methods, metaclass attributes and module globals, while others. threads.md 9
# read, call and make instances: each answer is one that was right at some moment.
# SPDX-License-Identifier: MIT
# time: 120
# soak: flat
import gc, sys, threading, time, types
from _soak import repeat, run

def one_of(v, *allowed):
    assert v in allowed, v
def drop(o, *names):
    for n in names:
        try: delattr(o, n)
        except AttributeError: pass
def tries(f):
    try:
        return f()
    except (TypeError, AttributeError):
        return None

# --- __class__ of instances: same layout, attributes kept
class Left:
    side = "left"
    def __init__(self): self.x, self.y = 1, 2
    def tell(self): return "left", self.x
    def __len__(self): return 1
    def __call__(self, a=0): return "left", a
class Right:
    side = "right"
    def __init__(self): self.y, self.x = 2, 1
    def tell(self): return "right", self.x
    def __len__(self): return 2
    def __call__(self, a=0): return "right", a
    def __getattr__(self, name): return "missing " + name
objects = [Left(), Right(), Left(), Right()]
@repeat
def turn():
    for o in objects:
        o.__class__ = Right
        o.__class__ = Left
@repeat
def ask():
    for o in objects:
        one_of(o.side, "left", "right")
        assert o.tell() in (("left", 1), ("right", 1)) and o(3) in (("left", 3), ("right", 3))
        one_of(len(o), 1, 2)
        assert o.x == 1 and o.y == 2 and type(o) in (Left, Right)
        one_of(getattr(o, "nothing", None), None, "missing nothing")
@repeat
def renew():
    objects[1], objects[3] = Right(), Left()
print("class", run(turn, turn, ask, ask, renew))  # expect: class []

# --- __dict__ of instances
class Bag:
    def __init__(self): self.a, self.b = [1], [2]
bags = [Bag() for _ in range(4)]
@repeat
def swap_dict():
    for o in bags:
        o.__dict__ = {"b": [2], "a": [1]}
        o.__dict__ = {"a": [1], "c": [3], "b": [2]}
@repeat
def use_dict():
    for o in bags:
        assert o.a == [1] and o.b == [2]
        o.a = [1]
        d = o.__dict__
        assert d["a"] == [1] and set(d) <= {"a", "b", "c", "e"}, d
        o.e = 5
        try: del o.e
        except AttributeError: pass
        vars(o).update(b=[2])
        assert set(dir(o)) > {"a", "b"}
@repeat
def take_dict():
    bags[0].__dict__ = bags[1].__dict__
    bags[2] = Bag()
print("dict", run(swap_dict, use_dict, use_dict, take_dict))  # expect: dict []

# --- __bases__
class Root:
    def common(self): return "root"
    def __str__(self): return "root"
    def __add__(self, o): return "root+"
class One(Root):
    z = 1
    def which(self): return "one"
    def __str__(self): return "one"
    def __getitem__(self, i): return i
class Two(Root):
    z = 2
    def which(self): return "two"
    def common(self): return "two"
    def __add__(self, o): return "two+"
    def __getitem__(self, i): return -i
class Child(One):
    def own(self): return super().common()
class Grand(Child): pass
@repeat
def change_bases():
    for bases in (Two,), (One,), (One, Two), (Two, One):
        Child.__bases__ = bases
@repeat
def ask_bases():
    for o in Child(), Grand(), grand:
        one_of(o.which(), "one", "two")
        one_of(o.z, 1, 2)
        one_of(o.common(), "root", "two")
        one_of(o.own(), "root", "two")
        one_of(str(o), "root", "one")
        one_of(o + 1, "root+", "two+")
        one_of(o[4], 4, -4)
        m = type(o).__mro__
        assert m[-2:] == (Root, object) and Child in m and len(m) in (4, 5, 6), m
        assert isinstance(o, Root) and issubclass(Grand, Child)
grand = Grand()
@repeat
def below():
    class Local(Grand):
        def __init__(self, n): self.n = n
        def which(self): return super().which()
    one_of(Local(1).which(), "one", "two")
    assert Local in Grand.__subclasses__()
@repeat
def walk():
    for c in Root.__subclasses__() + One.__subclasses__() + Two.__subclasses__():
        assert c in (One, Two, Child), c
print("bases", run(change_bases, change_bases, ask_bases, ask_bases, below, walk))  # expect: bases []

# --- special methods, descriptors and plain attributes of a class come and go
class Kind:
    __slots__ = ("s", "t", "__dict__", "__weakref__")
    def __init__(self): self.s, self.t = [1], [2]
    def m(self): return 0
    p = property(lambda self: [0])
    k = 0
class Sub(Kind): pass
made = [Kind(), Sub(), Sub()]
class Data:
    def __init__(self, v): self.v = v
    def __get__(self, o, c): return self.v
    def __set__(self, o, v): pass
class Plain:
    def __init__(self, v): self.v = v
    def __get__(self, o, c): return self.v
@repeat
def specials():
    for n in range(1, 4):
        Kind.__len__ = lambda self, n=n: n
        Kind.__getitem__ = lambda self, i, n=n: (i, n)
        Kind.__eq__ = lambda self, o: self is o
        Kind.__hash__ = lambda self, n=n: n
        Kind.__call__ = lambda self, *a, n=n, **k: (a, n)
        Kind.__iter__ = lambda self, n=n: iter([n])
        Kind.__add__ = lambda self, o, n=n: n
        Kind.__contains__ = lambda self, o, n=n: n > 1
        Kind.__repr__ = lambda self, n=n: "kind %d" % n
        Kind.__setitem__ = lambda self, i, v: None
    drop(Kind, "__contains__", "__call__", "__add__", "__hash__", "__len__", "__iter__", "__getitem__")
@repeat
def use_specials():
    for o in made:
        one_of(tries(lambda: len(o)), None, 1, 2, 3)
        one_of(tries(lambda: o[7]), None, (7, 1), (7, 2), (7, 3))
        one_of(tries(lambda: o(5)), None, ((5,), 1), ((5,), 2), ((5,), 3))
        one_of(tries(lambda: o(5, x=1)), None, ((5,), 1), ((5,), 2), ((5,), 3))
        one_of(tries(lambda: o + 5), None, 1, 2, 3)
        one_of(tries(lambda: next(iter(o))), None, 1, 2, 3, (0, 1), (0, 2), (0, 3))
        one_of(tries(lambda: bool(o)), None, True)
        assert repr(o)[:5] == "kind " or "object at" in repr(o)
        assert o == o and (tries(lambda: hash(o)) is not False)
@repeat
def descriptors():
    for n in range(3):
        Kind.k = n
        Kind.p = property(lambda self, n=n: [n])
        Kind.m = lambda self, n=n: n
        Kind.d = Data(n)
        Kind.d = Plain(n)
        Kind.d = n
        Sub.k = n
        Kind.cm = classmethod(lambda cls, n=n: n)
        Kind.sm = staticmethod(lambda n=n: n)
        drop(Sub, "k")
@repeat
def use_descriptors():
    for o in made:
        one_of(o.k, 0, 1, 2)
        one_of(o.p[0], 0, 1, 2)
        one_of(o.m(), 0, 1, 2)
        f = o.m
        one_of(f(), 0, 1, 2)
        one_of(o.d, 0, 1, 2, "mine")
        one_of(Kind.d, 0, 1, 2)
        one_of(o.cm(), 0, 1, 2)
        one_of(o.sm(), 0, 1, 2)
        o.d = "mine"
        try: del o.d
        except AttributeError: pass
@repeat
def slots():
    for o in made:
        o.s, o.t = [1], [2]
        try: del o.s
        except AttributeError: pass
        o.s = [1]
@repeat
def use_slots():
    for o in made:
        one_of(tries(lambda: o.s), None, [1])
        assert o.t == [2]
@repeat
def instances():
    made[1:] = [Sub(), Kind()]
Kind.d = Kind.cm = 0
Kind.cm, Kind.sm = classmethod(lambda cls: 0), staticmethod(lambda: 0)
print("specials", run(specials, specials, use_specials, use_specials, instances))  # expect: specials []
print("descriptors", run(descriptors, descriptors, use_descriptors, use_descriptors, slots, use_slots, instances))  # expect: descriptors []

# --- slot descriptors moved between classes, __new__, __init__, __del__, __getattribute__, __setattr__
class Built:
    def __new__(cls, n=0):
        o = object.__new__(cls)
        o.how = "new"
        return o
    def __init__(self, n=0): self.n = n
class Built2(Built): pass
@repeat
def makers():
    Built.__init__ = lambda self, n=0: setattr(self, "n", n)
    Built.__new__ = lambda cls, n=0: Built.tag(object.__new__(cls))
    Built2.__init__ = lambda self, n=0: Built.__init__(self, n)
    Built.__getattribute__ = lambda self, name: object.__getattribute__(self, name)
    Built.__setattr__ = lambda self, name, v: object.__setattr__(self, name, v)
    Built.__del__ = lambda self: None
    drop(Built2, "__init__")
    drop(Built, "__getattribute__", "__setattr__", "__del__")
def tag(o):
    o.how = "tag"
    return o
Built.tag = staticmethod(tag)
@repeat
def make():
    for c in Built, Built2:
        for n in range(3):
            o = tries(lambda: c(n)) # two threads that delete one name: __getattribute__ may go between
            if o is not None:
                one_of(o.n, 0, 1, 2)
                one_of(o.how, "new", "tag")
print("making", run(makers, makers, make, make, make))  # expect: making []

# --- metaclasses
class Meta(type):
    flag = 0
    def hello(cls): return 0, cls.__name__
    def __len__(cls): return 0
    def __call__(cls, *a): return type.__call__(cls, *a)
class Other(type):
    flag = 9
    def hello(cls): return 9, cls.__name__
    def __len__(cls): return 9
class WithMeta(metaclass=Meta):
    a: 0
    def __init__(self, v=0): self.v = v
@repeat
def change_meta():
    for n in range(3):
        Meta.flag = n
        Meta.hello = lambda cls, n=n: (n, cls.__name__)
        Meta.__len__ = lambda cls, n=n: n
        Meta.prop = property(lambda cls, n=n: n)
        Meta.__instancecheck__ = lambda cls, o: True
        Meta.__getattr__ = lambda cls, name, n=n: n
        Meta.__call__ = lambda cls, *a: type.__call__(cls, *a)
        WithMeta.__class__ = Other
        WithMeta.__class__ = Meta
        WithMeta.__name__ = "WithMeta%d" % n
        WithMeta.__qualname__ = "Q%d" % n
        WithMeta.__doc__ = "doc %d" % n
        WithMeta.__module__ = "module%d" % n
        WithMeta.__annotations__ = {"a": n}
    drop(Meta, "__getattr__", "__call__", "__instancecheck__")
@repeat
def use_meta():
    one_of(WithMeta.flag, 0, 1, 2, 9)
    n, name = WithMeta.hello()
    assert n in (0, 1, 2, 9) and name[:8] == "WithMeta"
    one_of(len(WithMeta), 0, 1, 2, 9)
    one_of(tries(lambda: WithMeta.prop), None, 0, 1, 2)
    one_of(tries(lambda: WithMeta.absent), None, 0, 1, 2)
    assert WithMeta(4).v == 4 and isinstance(WithMeta(), WithMeta)
    assert WithMeta.__qualname__[:1] in "QW" and "WithMeta" in WithMeta.__name__
    try:
        class Below(WithMeta): pass
    except TypeError as e: assert "metaclass conflict" in str(e), e  # its class was another when the metaclass was chosen
    else: assert Below(1).v == 1 and "Q" in repr(WithMeta) or "WithMeta" in repr(WithMeta)
    one_of(tries(lambda: WithMeta.__annotations__["a"]), None, 0, 1, 2)
print("meta", run(change_meta, change_meta, use_meta, use_meta))  # expect: meta []

# --- globals of modules, names of builtins, code, defaults and closures of functions
module = types.ModuleType("moving")
exec("""
value, other = [0], 'x'
def read(): return value[0]
def call(a=0, *, b=0): return helper(a, b)
def helper(a, b): return a, b
def count(l): return len(l)
""", module.__dict__)
def helper2(a, b): return a, b
codes = [(lambda a=0, *, b=0: (a, b)).__code__, (lambda a=0, *, b=0: (a, b, "second")[:2]).__code__]
wide = [(lambda a, b: (a, b)).__code__, (lambda a, b, c=None, d=None, e=None, f=None, g=None: (a, b)).__code__, (lambda *a, **k: a).__code__, (lambda a, *, b=3: (a, b)).__code__,
    (lambda: None).__code__]
def turns(a, b): return a, b
class Turns:
    def __add__(self, o): return self, o
    def __getitem__(self, o): return self, o
    def __lt__(self, o): return self, o
    __eq__ = __lt__
    __hash__ = None
def plain(a=0, *, b=0): return a, b
@repeat
def change_globals():
    for n in range(3):
        module.value = [n]
        module.helper = helper2
        module.helper = lambda a, b: (a, b)
        module.__dict__["extra%d" % n] = n
        module.len = lambda l: 3
        drop(module, "len")
        module.__dict__.pop("extra%d" % n, None)
        setattr(module, "new_%d" % (time.perf_counter_ns() % 50), n)
    module.__class__ = Lazy
    module.__class__ = types.ModuleType
class Lazy(types.ModuleType):
    def __getattr__(self, name): return "lazy"
@repeat
def change_functions():
    for n in range(3):
        plain.__code__ = codes[n % 2]
        plain.__defaults__ = (n,)
        plain.__kwdefaults__ = {"b": n}
        plain.mark = [n]
        plain.__dict__ = {"mark": [n]}
        plain.__name__ = "name%d" % n
        plain.__annotations__ = {"a": n}
        plain.__qualname__ = "qual%d" % n
    for code in wide:
        turns.__code__ = code
        for f in Turns.__add__, Turns.__getitem__, Turns.__lt__:
            f.__code__ = code
@repeat
def use_globals():
    one_of(module.read(), 0, 1, 2)
    one_of(module.value[0], 0, 1, 2)
    assert module.call() == (0, 0) and module.call(1, b=2) == (1, 2) and module.count([1, 2, 3]) == 3
    one_of(getattr(module, "nothing", None), None, "lazy")
    a, b = plain()
    assert a in (0, 1, 2) and b in (0, 1, 2) and plain(5, b=6) == (5, 6)
    one_of(plain.mark[0], 0, 1, 2)
    assert plain.__name__ in ("plain", "name0", "name1", "name2")
    assert "function" in repr(plain)
    tries(lambda: plain(1, 2, 3))
    o = Turns()
    for r in tries(lambda: turns(1, 2)), tries(lambda: turns(1, b=2)):
        assert r in (None, (1, 2), (1,)), r
    for r in tries(lambda: o + 2), tries(lambda: o[2]), tries(lambda: o < 2):
        assert r is None or r[0] is o and r[1] == 2, r
    from_module = {}
    exec("from sys import path", from_module)
plain.mark = [0]
turns.__defaults__ = (2,)
print("globals", run(change_globals, change_globals, change_functions, change_functions, use_globals, use_globals))  # expect: globals []

# --- all of it at once, with collections
@repeat
def collect():
    gc.collect()
    time.sleep(0.01)
print("all", run(turn, ask, swap_dict, use_dict, change_bases, ask_bases, below, descriptors, use_descriptors, specials, use_specials, change_meta, use_meta, change_globals,
    use_globals, change_functions, make, collect))  # expect: all []
