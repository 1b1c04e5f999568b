# Pickles are byte for byte CPython's, and come back.
import _pickle
import collections
import copyreg
import functools
import io
import pickle


class Plain:
    def __init__(self, *values):
        self.values = values
        self.name = "plain"

    def __eq__(self, other):
        return type(self) is type(other) and self.__dict__ == other.__dict__


class Slots:
    __slots__ = ("a", "b")

    def __eq__(self, other):
        return self.a == other.a and not hasattr(self, "b")


class State:
    def __init__(self):
        self.x = 1

    def __getstate__(self):
        return (1, 2)

    def __setstate__(self, state):
        self.got = state


class New(tuple):
    def __new__(cls, a, *, b=0):
        self = super().__new__(cls, (a,))
        self.b = b
        return self

    def __getnewargs_ex__(self):
        return (self[0],), {"b": self.b}


class Outer:
    class Inner:
        def method(self):
            return "m"


class MyList(list):
    pass


class MyDict(dict):
    pass


class Reduced:
    def __reduce__(self):
        return dict, ((),), None, None, iter([("k", 1), ("l", 2)])


class Meta(type):
    pass


class WithMeta(metaclass=Meta):
    pass


Pair = collections.namedtuple("Pair", "left right")
slots = Slots()
slots.a = 3
cycle = []
cycle.append((cycle, {"self": cycle}))
shared = ["shared"]
values = [
    None, True, False, 0, 1, 255, 256, 65535, 65536, -1, 2**31 - 1, -(2**31), 2**31, 2**63, -(2**63), 2**2040 - 1, -(2**2039), 0.0, -0.0, 1.5, 1e300, float("inf"), 3.5 + 2j,
    "", "abc", "caf\xe9", "\u20ac\n\\", "\U0001f40d", "\ud800", "x" * 256, b"", b"abc", bytes(range(256)), bytearray(b"xy"), bytearray(), (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4), [], [1],
    [1, 2], list(range(1001)), {}, {"a": 1}, {"a": 1, "b": [2]}, {i: i for i in range(1001)}, set(), {7}, frozenset(), frozenset({7}), [shared, shared], Ellipsis, NotImplemented, type(None),
    int, len, [].append, Outer.Inner, Outer.Inner.method, functools.partial(int, base=2), Plain(1, 2.5, "z"), slots, State(), New(4, b=5), MyList([1, 2]), MyDict(a=1),
    Pair(1, 2), collections.OrderedDict(a=1), collections.Counter("aab"), collections.deque([1, 2], 5), ValueError("v", 1), range(3), slice(1, 2), WithMeta, WithMeta(),
    Reduced(), "long" * 20000, b"long" * 20000, ["a" * 40000, "b" * 40000, 1],
]


def short(data):
    """The data, or where it is long its length and a checksum."""
    if len(data) < 300:
        return data.hex()
    total = 0
    for i, byte in enumerate(data):
        total = (total * 31 + byte + i) % 4294967291
    return f"{len(data)} bytes, {total}"


for value in values:
    print(type(value).__name__)
    for protocol in range(6):
        try:
            data = _pickle.dumps(value, protocol)
        except Exception as error:
            print(" ", protocol, type(error).__name__, error)
            continue
        print(" ", protocol, short(data))
        back = _pickle.loads(data)
        stream = io.BytesIO()
        _pickle.Pickler(stream, protocol).dump(value)
        assert stream.getvalue() == data
        stream.write(b"rest")
        stream.seek(0)
        again = _pickle.Unpickler(stream).load()
        assert stream.read() == b"rest"
        reader = io.BufferedReader(io.BytesIO(data + b"rest"), 16)
        third = _pickle.load(reader)
        assert reader.read() == b"rest"
        for copy in (back, again, third):
            assert type(copy) is type(value) or type(value) is Reduced, (copy, value)
            if type(value) not in (Reduced, State, ValueError, WithMeta, functools.partial, Slots) and not callable(value):
                assert copy == value, (copy, value)
data = _pickle.dumps(cycle)
print(short(data))
back = _pickle.loads(data)
assert back[0][0] is back and back[0][1]["self"] is back

# persistent ids, reducer_override, dispatch tables, memo
class P(_pickle.Pickler):
    def persistent_id(self, obj):
        return "id:" + obj if isinstance(obj, str) and obj in ("one", "two") else None

    def reducer_override(self, obj):
        return (list, ((1, 2),)) if isinstance(obj, Plain) else NotImplemented


class U(_pickle.Unpickler):
    def persistent_load(self, pid):
        return pid.upper()

    def find_class(self, module, name):
        print("find", module, name)
        return super().find_class(module, name)


for protocol in range(6):
    stream = io.BytesIO()
    P(stream, protocol).dump(["one", Plain(), "two"])
    print(short(stream.getvalue()))
    stream.seek(0)
    print(U(stream).load())
stream = io.BytesIO()
pickler = _pickle.Pickler(stream)
pickler.dispatch_table = copyreg.dispatch_table.copy()
pickler.dispatch_table[Plain] = lambda p: (str, ("plain",))
pickler.dump([Plain(), shared])
pickler.dump(shared)
print(short(stream.getvalue()), sorted(index for index, _ in pickler.memo.copy().values()))
stream.seek(0)
unpickler = _pickle.Unpickler(stream)
print(unpickler.load(), unpickler.load(), list(unpickler.memo.copy().items()))
pickler.clear_memo()
print(pickler.memo.copy())

# buffers
buffers = []
data = pickle.dumps([pickle.PickleBuffer(bytearray(b"abc")), pickle.PickleBuffer(b"def")], 5, buffer_callback=buffers.append)
print(data.hex(), [bytes(b.raw()) for b in buffers], [memoryview(b).readonly for b in buffers])
print(pickle.dumps(pickle.PickleBuffer(b"q"), 5).hex())

# framing: what a file gets
class Writes:
    def __init__(self):
        self.sizes = []

    def write(self, data):
        self.sizes.append(len(data))


for protocol in (3, 4):
    file = Writes()
    _pickle.Pickler(file, protocol).dump([b"x" * 70000, "y" * 100, b"z" * 30000, b"w" * 40000, b"v" * 65536, 1])
    print(protocol, file.sizes)
