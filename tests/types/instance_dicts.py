# The dict of an instance is made from a model that all instances with the same attributes share: what is done to one of them must not show in another, and the
# values must be those of the instance, those that lie outside it too.
import copy
import gc
import pickle
import sys
import threading
import weakref


class Record:
    def __init__(self, n):
        self.a, self.b, self.c = n, str(n), [n]
        self.d = self.e = self.f = self.g = n


class Few:
    pass


def wide(n, more=()):
    r = Record(n)
    for name in more:
        setattr(r, name, name + str(n))
    return r


LATER = [f"x{i}" for i in range(40)]
one, two, three = wide(1, LATER), wide(2, LATER), wide(3, LATER)
print(list(vars(one))[:9], len(vars(one)), vars(one)["x39"], vars(two)["x0"], vars(two)["b"])
vars(one)["new"] = 1
del vars(one)["a"]
vars(one)["b"] = "changed"
print(hasattr(two, "new"), two.a, two.b, "new" in vars(three), vars(three)["a"], len(vars(three)), len(vars(one)), one.b, hasattr(one, "a"))

# no attribute, one, as many as there is room for, one more; then growth of the dict that was made
for n in 0, 1, 2, 4, 5, 6, 10, 11, 21, 30, 31, 42, 85, 120, 127, 128, 129, 130:
    x, y = Few(), Few()
    for i in range(n):
        setattr(x, f"n{i}", i)
        setattr(y, f"n{i}", -i)
    d, c = vars(x), copy.copy(y)
    assert list(d) == [f"n{i}" for i in range(n)] and list(d.values()) == list(range(n)), n
    assert list(vars(c).values()) == [-i for i in range(n)] and vars(c) is not vars(y)
    for i in range(n, n + 50):
        setattr(x, f"n{i}", i)
        c.__dict__[f"m{i}"] = i
    assert list(d.values()) == list(range(n + 50)) and len(vars(y)) == n and len(vars(c)) == n + 50
    if n:
        del x.n0
        assert "n0" not in d and y.n0 == 0
        d.clear()
        assert not hasattr(x, f"n{n - 1}") and len(vars(y)) == n
print("sizes")


# values die with the dict, once
class Told:
    count = 0

    def __del__(self):
        Told.count += 1


def hold():
    r = Record(0)
    r.c, r.late = Told(), Told()
    vars(r)
    return r


for _ in range(5):
    hold()
d = vars(hold())
print(Told.count, sorted(d)[:3])
d.clear()
print(Told.count)
r = hold()
del r.__dict__["c"]
print(Told.count)
r.__dict__ = {}
print(Told.count)

# names: an attribute called like an earlier one of another order, keys that are no strs put in by hand
p, q = Few(), Few()
p.left, p.right = 1, 2
q.right, q.left = 3, 4
print(vars(p), vars(q))
vars(p)[1] = "one"
print(vars(p), list(vars(q)))

# copies and pickles use it, too
s = wide(7, LATER[:3])
t = copy.copy(s)
t.a, t.c[0] = 8, 9
print(s.a, s.c, t.x2, pickle.loads(pickle.dumps(s)).__dict__ == s.__dict__, copy.deepcopy(s).__dict__ == vars(s))

# a reference count too few or too many
held = object()
before = sys.getrefcount(held)
for _ in range(100):
    h = Few()
    h.x = h.y = held
    vars(h), copy.copy(h), h.__dict__.copy()
del h
print(sys.getrefcount(held) - before)

# classes come and go: their models with them
for i in range(300):
    cls = type("Gone", (), {"__init__": lambda self: setattr(self, "own", self)})
    vars(cls())["more"] = 1
    ref = weakref.ref(cls)
    del cls
    if i % 100 == 0:
        gc.collect()
gc.collect()
print(ref())


# from several threads at once, the same shapes
def work(out):
    for i in range(300):
        x = wide(i, LATER[: i % 40])
        vars(x)["z"] = i
        assert x.z == i and vars(x)["a"] == i and len(vars(x)) == 8 + i % 40
    out.append(i)


done = []
threads = [threading.Thread(target=work, args=(done,)) for _ in range(4)]
for th in threads:
    th.start()
for th in threads:
    th.join()
print(done)
