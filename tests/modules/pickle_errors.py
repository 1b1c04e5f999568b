# Broken pickles and objects that cannot be pickled: an error, never a crash.
import _pickle
import copyreg
import io
import sys


def attempt(function, *args, **kwargs):
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


class R:
    def __init__(self, value):
        self.value = value

    def __reduce__(self):
        return self.value

    def __repr__(self):
        return "R"


def local():
    class A:
        pass
    return A


for recipe in (1, (), (1,), (1, 2), (int, 2), (int, (), None, 3), (int, (), None, None, 3), (int, (), None, None, None, 3), (int, ()) * 4, "missing", "a.b",
               (copyreg.__newobj__, ()), (copyreg.__newobj__, (1,)), (copyreg.__newobj__, (int,)), (copyreg.__newobj_ex__, ()), (copyreg.__newobj_ex__, (1, 2, 3)),
               (copyreg.__newobj_ex__, (int, 2, 3)), (copyreg.__newobj_ex__, (int, (), 3))):
    print(attempt(_pickle.dumps, R(recipe)))
print(attempt(_pickle.dumps, local()), attempt(_pickle.dumps, 1, 6), attempt(_pickle.dumps, 1, "x"), attempt(_pickle.dumps, 1, 4, buffer_callback=print), sep="\n")
print(attempt(_pickle.dumps, sys._getframe()), attempt(_pickle.dumps, (x for x in ())), attempt(_pickle.dumps, sys), sep="\n")

for data in (b"", b".", b"\x80", b"\x80\x09.", b"K", b"0.", b"1.", b"t.", b"(.", b"(t", b"X", b"Iabc\n.", b"I1", b"I010\n.", b"Fx\n.", b"g0\n.", b"h\0.", b"gx\n.", b"p-1\n.", b"Np-1\n.",
             b"\xff.", b"z.", b"cfoo\nbar\n.", b"csys\nnope\n.", b"N\x93.", b"NN\x93.", b"\x82\0.", b"\x82\1.", b"\x84\xff\xff\xff\xff.", b"Px\n.", b"NQ.", b"Nb.", b"NNb.", b"NNR.", b"NNs.",
             b"NNNs.", b"Na.", b"NNa.", b"N(Ne.", b"N(Nu.", b"N(NNu.", b"(N\x91.", b"(o.", b"(N\x85.", b"\x85.", b"(i", b"(ia\n", b"S'a\n.", b"Sa\n.", b"S'\n.", b"B\xff\xff\xff\xff",
             b"\x8e" + b"\xff" * 8, b"\x8d" + b"\xff" * 8, b"\x96" + b"\xff" * 8, b"\x95" + b"\xff" * 8, b"\x95\5\0\0\0\0\0\0\0N.", b"\x97.", b"\x98.",
             b"N\x98.", b"\x8a\x02a", b"\x8b\xff\xff\xff\xff", b"T\xff\xff\xff\xff", b"NN\x81.", b"cbuiltins\nint\nN\x81.", b"cbuiltins\nint\n)N\x92.", b"\x94.", b"N}b."):
    results = {attempt(_pickle.loads, data), attempt(_pickle.load, io.BytesIO(data)), attempt(_pickle.load, io.BufferedReader(io.BytesIO(data)))}
    print(data, *results)

# Depth is an error in writing, none in reading.
deep = []
for _ in range(300000):
    deep = [deep]
try:
    _pickle.dumps(deep)
except RecursionError as error:
    print(str(error)[:32])
nested = _pickle.loads(b"]" * 200000 + b"a" * 199999 + b".")
depth = 0
while nested:
    nested = nested[0]
    depth += 1
print(depth)


class Again(_pickle.Pickler):
    def persistent_id(self, obj):
        self.dump(1)


print(attempt(Again(io.BytesIO()).dump, 2))
