# Objects whose class changes between classes that lay out different numbers of attributes; breaks if an attribute is lost, or a place beside the block is used (threads.md 1).
# SPDX-License-Identifier: MIT
import gc
import random
import threading


def made(k):
    """A class whose methods set k attributes, which is what its instances are laid out for."""
    lines = ["class C:", "    def fill(self):"] + [f"        self.a{i} = {i}" for i in range(k)] + ["        return self"]
    space = {"__name__": "made"}
    exec("\n".join(lines), space)
    return space["C"]


class Nothing:
    pass



classes = [made(k) for k in (1, 2, 3, 4, 5, 7, 8, 12, 29, 30, 31, 40)] + [Nothing]


def wander(seed, o, model, steps):
    r = random.Random(seed)
    for _ in range(steps):
        what = r.randrange(6)
        name = f"a{r.randrange(36)}"
        if what < 2:
            o.__class__ = c = r.choice(classes)
            assert type(o) is c
        elif what < 4:
            model[name] = value = [r.random()]
            setattr(o, name, value)
        elif what == 4 and model:
            name = r.choice(sorted(model))
            del model[name]
            delattr(o, name)
        else:
            assert getattr(o, name, None) == model.get(name)
    assert vars(o) == model, (seed, vars(o), model)
    assert all(getattr(o, n) is v for n, v in model.items())


def few(o, steps):
    """Never more than three attributes: instances stay as their class lays them out."""
    r = random.Random(steps)
    model = {}
    for _ in range(steps):
        o.__class__ = r.choice(classes)
        name = r.choice(("a0", "a1", "a2"))
        if name in model and r.random() < 0.5:
            del model[name]
            delattr(o, name)
        else:
            model[name] = value = object()
            setattr(o, name, value)
        assert {n: getattr(o, n) for n in model} == model
    assert vars(o) == model


for start in classes:
    for seed in range(6):
        wander(seed, start(), {}, 300)
    few(start(), 200)

# Seen by other threads meanwhile.
shared = classes[2]().fill()
stop = threading.Event()


def look():
    while not stop.is_set():
        assert getattr(shared, "a0") == 0 and getattr(shared, "a1") == 1
        assert vars(shared)["a2"] == 2


def change(seed):
    r = random.Random(seed)
    for _ in range(2000):
        shared.__class__ = r.choice(classes)


lookers = [threading.Thread(target=f, args=a) for f, a in ((look, ()), (change, (1,)), (change, (2,)))]
for t in lookers:
    t.start()
for t in lookers[1:]:
    t.join()
stop.set()
lookers[0].join()
assert vars(shared) == {"a0": 0, "a1": 1, "a2": 2}


# What dies after a change is dropped once, with its attributes.
class Kept:
    count = 0

    def __init__(self):
        Kept.count += 1

    def __del__(self):
        Kept.count -= 1


for start in classes:
    for end in classes:
        o = start()
        o.a0, o.a1, o.a2 = Kept(), Kept(), Kept()
        o.__class__ = end
        o.a3 = Kept()
        o.me = o
        del o
gc.collect()
assert Kept.count == 0, Kept.count

# Annotations say what a class without methods holds; subclasses keep the places of the base.
class Point:
    x: int
    y: int
    z: int


class Named(Point):
    def __init__(self, name):
        self.name = name
        self.x = self.y = self.z = 0


n = Named("n")
assert vars(n) == {"name": "n", "x": 0, "y": 0, "z": 0}
n.__class__ = Point
assert (n.name, n.x) == ("n", 0)
print("done")
