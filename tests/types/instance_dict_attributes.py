"""Attributes of instances whose __dict__ has been asked for: the instruction remembers where the dict had the name. If this fails, such an instance answers with another
attribute's value, with the class's in place of its own, or with an error."""
import threading


class C:
    kind = "class"

    def __init__(self, n):
        self.a = n
        self.b = -n
        self.__dict__

    def method(self):
        return "method of", self.a

    @property
    def prop(self):
        return self.a * 2


def look(o):
    return o.a, o.b, o.kind, o.method(), o.prop, getattr(o, "a"), getattr(o, "kind"), hasattr(o, "nothing"), getattr(o, "nothing", None)


objects = [C(i) for i in range(40)]
for o in objects:
    last = look(o)
print(last)

# The same names under other numbers, and none at all.
for i, o in enumerate(objects):
    if i % 3 == 0:
        o.__dict__ = {"x": 0, "b": i, "a": "a%d" % i}
    if i % 3 == 1:
        del o.a
        o.c = 1
        o.a = "late"
    if i % 5 == 0:
        o.kind = "own"
    if i % 7 == 0:
        o.method = lambda: "own method"
        o.__dict__["prop"] = "hidden by the property"
print([look(o) for o in objects[:15]])
for o in objects:
    del o.__dict__["b"]


def missing(o):
    try:
        return o.b
    except AttributeError as e:
        return str(e)


print({missing(o) for o in objects})
C.b = "of the class"
print({missing(o) for o in objects})
C.kind = property(lambda self: "property now")
print({o.kind for o in objects})
del C.kind, C.b
print({missing(o) for o in objects}, sorted({getattr(o, "kind", "gone") for o in objects}))


class Key:
    """As good as the name "a"; looking for that replaces the whole dict."""

    def __init__(self, o):
        self.o = o

    def __hash__(self):
        return hash("a")

    def __eq__(self, other):
        self.o.__dict__ = {"a": "replaced"}
        return other == "a"


def read(o):
    return o.a


def write(o):
    o.a = 5


def call(o):
    return o.method()


for o in objects[:9]:
    read(o), write(o)
o = C(1)
o.__dict__ = {Key(o): "by another key"}
print(read(o), read(o))
o.__dict__ = {Key(o): "by another key"}
write(o)
print(o.__dict__)


class Raises:
    def __hash__(self):
        return hash("method")

    def __eq__(self, other):
        raise ZeroDivisionError("asked")


o.__dict__ = {Raises(): 1, "a": 2}
for f in (read, call, lambda o: getattr(o, "method"), lambda o: o.method):
    try:
        print(f(o))
    except ZeroDivisionError as e:
        print("error:", e)


class Dict(dict):
    def __getitem__(self, key):
        return "never asked"


o.__dict__ = Dict(a="in a subclass of dict")
print(read(o), call(o), o.kind if hasattr(o, "kind") else None)
o.__dict__ = {"a": 1}

# While others change them.
shared = [C(i) for i in range(4)]
stop = threading.Event()
wrong = []


def change():
    n = 0
    while not stop.is_set():
        for o in shared:
            n += 1
            o.a = n
            o.__dict__.pop("b", None)
            o.b = -n
            if n % 50 == 0:
                o.__dict__ = {"b": -n, "a": n}
            if n % 30 == 0:
                o.extra = n
                del o.extra


def watch():
    for _ in range(3000):
        for o in shared:
            a = o.a
            b = getattr(o, "b", -1)
            if type(a) is not int or type(b) is not int or b > 0 or o.method()[0] != "method of" or a < 0:
                wrong.append((a, b))


threads = [threading.Thread(target=watch) for _ in range(2)] + [threading.Thread(target=change)]
for t in threads:
    t.start()
for t in threads[:2]:
    t.join()
stop.set()
threads[2].join()
print("wrong:", wrong)
