# Local classes and their instances that only iterators in C hold, during collections; classes made by the hundred in eight threads.
# time: 90
# soak: flat
import collections, dataclasses, enum, functools, gc, itertools, threading, time, typing, unittest.mock
from _soak import repeat, run

def make(n):
    class Local:
        def __init__(self, n):
            self.n, self.own = n, [n]
        def __eq__(self, other):
            return self.n == other.n
        def __hash__(self):
            return hash(self.n)
        def __repr__(self):
            return f"Local({self.n})"
        def double(self):
            return self.n * 2
    return [Local(i) for i in range(n)]

@repeat
def iterators():
    held = [map(lambda o: o.double(), make(6)), zip(make(6), make(6)), itertools.tee(make(6))[1], itertools.groupby(make(6), lambda o: o.n // 2),
            filter(lambda o: o.double() > 4, make(6)), enumerate(make(6)), itertools.chain(make(3), make(3)), itertools.cycle(make(2)),
            iter(set(make(6))), reversed(make(6)), iter(dict.fromkeys(make(6))), functools.partial(sorted, make(6), key=lambda o: -o.n)]
    next(held[0]), next(held[1])
    for _ in range(5):
        gc_point()
    assert next(held[0]) == 2 and [type(a).__name__ + str(b.n) for a, b in held[1]] == [f"Local{i}" for i in range(1, 6)]
    assert [o.own for o in held[2]] == [[i] for i in range(6)]
    assert [(k, [o.double() for o in g]) for k, g in held[3]] == [(0, [0, 2]), (1, [4, 6]), (2, [8, 10])]
    assert [o.n for o in held[4]] == [3, 4, 5] and [i == o.n for i, o in held[5]] == [True] * 6
    assert [o.double() for o in held[6]] == [0, 2, 4, 0, 2, 4] and next(held[7]).own == [0]
    assert sorted(o.n for o in held[8]) == list(range(6)) and next(held[9]).n == 5 and next(held[10]).n == 0
    assert [o.n for o in held[11]()] == [5, 4, 3, 2, 1, 0]
def gc_point():
    return [object() for _ in range(20)]
@repeat
def collects():
    gc.collect()
    time.sleep(0.005)
@repeat
def outlives():
    class MyInt(int):
        __slots__ = ()
    class MyStr(str):
        def hello(self):
            return "hello " + self
    x, y, m = MyInt(7), MyStr("you"), None
    m = y.hello
    del MyInt, MyStr, y
    for _ in range(20):
        gc_point()
        assert type(x).__name__ == "MyInt" and type(x).__mro__[1] is int and m() == "hello you"
print(run(iterators, iterators, outlives, collects))  # expect: []

@repeat
def mocks():
    m = unittest.mock.MagicMock()
    m.method.return_value = 3
    assert m.method(1) == 3 and m.method.call_args == unittest.mock.call(1) and len(m) == 0
@repeat
def tuples():
    P = collections.namedtuple("P", "x y")
    assert P(1, 2)._asdict() == {"x": 1, "y": 2}
@repeat
def data():
    @dataclasses.dataclass(order=True)
    class D:
        a: int
        b: list = dataclasses.field(default_factory=list)
    assert D(1) < D(2) and D(1).b == []
@repeat
def enums():
    E = enum.Enum("E", "one two")
    assert E.one.value == 1 and E["two"] is E(2) and list(E) == [E.one, E.two]
    class T(typing.NamedTuple):
        a: int = 1
    assert T() == (1,)
@repeat
def walks():
    for c in object.__subclasses__():
        c.__name__, c.__mro__
    len(tuple.__subclasses__()), len(enum.Enum.__subclasses__())
print(run(mocks, mocks, tuples, tuples, data, data, enums, enums, walks, collects))  # expect: []
