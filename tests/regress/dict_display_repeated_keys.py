"""A dict display that names a key twice: the first value goes when the dict is whole. Its finalizer may collect, and what
the display holds already must outlive that: nothing else refers to it yet."""
# SPDX-License-Identifier: MIT
import gc


class Loud:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        gc.collect()
        print("gone", self.name)


def made(name):
    class Own:
        def hello(self):
            return name
    return Own


for _ in range(3):
    d = {"a": made("first"), "b": Loud(1), "b": made("second"), "c": [made("third")], "b": 5, "a" + "": made("fourth")}
    print(list(d), d["a"]().hello(), d["b"], d["c"][0]().hello())
print({1: Loud(2), "x": 1, 1.0: 3}, {}, {"k%d" % (i % 3): i for i in range(9)})
wide = {f"n{i}": i for i in range(70)}
print(len({**wide, "n3": 1}), dict(a=1, **{"b": 2}), (lambda **kw: kw)(**{"p": 1}, q=Loud(3).name))
print(eval("{" + ",".join(f"'k{i % 50}': {i}" for i in range(120)) + "}") == {f"k{i % 50}": i for i in range(120)})


def both(first, /, second=2, *rest, third=3, **others):
    return first, second, rest, third, others


print(both(1, a=1, b=2), both(1, second=5, first=6), both(1, third=4, z=[]), both(1, 2, 3, first=1, third=2))
