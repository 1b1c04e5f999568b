"""Loops over zip and enumerate that unpack their rows: no tuple is made for them. If this fails, a row's items end up in the wrong names, get lost, or live too long."""
import sys
import weakref


def pairs(xs, ys):
    for x, y in zip(xs, ys):
        print(x, y)


for _ in range(3):
    pairs([1, 2, 3], "ab")
pairs(iter("xyz"), range(5))
pairs([], [1])
pairs({"k": 1}, {"s"})

for a, in zip("ab"):
    print(a)
for a, b, c in zip("ab", (1, 2), [3.5, 4.5]):
    print(a, b, c)
for a, b, c, d in zip("ab", "cd", "ef", "gh"):
    print(a, b, c, d)
for a, b, c, d, e in zip("ab", "cd", "ef", "gh", "ij"):
    print(a, b, c, d, e)
for () in zip():
    print("never")
for i, (x, y) in enumerate(zip("ab", "cd")):
    print(i, x, y)
for i, x in enumerate("ab", 10**30):
    print(i, x)
for (i, x), y in zip(enumerate("ab", -1), "cd"):
    print(i, x, y)
for x, *y in zip("ab", "cd"):
    print(x, y)
o = type("O", (), {})()
d = {}
for o.x, d["y"] in zip("ab", "cd"):
    print(o.x, d["y"])


def several(iterables):
    """One loop, rows of all kinds."""
    out = []
    for it in iterables:
        try:
            for a, b in it:
                out.append((a, b))
        except (TypeError, ValueError, ZeroDivisionError) as e:
            out.append(f"{type(e).__name__}: {e}")
    return out


class Z(zip):
    pass


class E(enumerate):
    def __next__(self):
        i, x = super().__next__()
        return x, i


def failing():
    yield 1
    1 / 0


print(several([zip("a", "b"), enumerate("c"), {"d": 1}.items(), ["ef"], Z("g", "h"), E("i"), zip("j", "k", "l"), zip("m"), zip(failing(), "no"), enumerate(failing()),
               zip("op", failing()), zip("qr", "s", strict=True), zip("t", "uv", strict=True), enumerate("w"), zip("x", "y"), zip(1 for _ in "z"), enumerate(())]))


def left_over():
    """What a loop that ends early leaves in the iterator."""
    it = zip(range(5), "abcde")
    for i, c in it:
        if i == 2:
            break
    print(i, c, next(it), list(it))
    xs = iter([1, 2, 3])
    for x, y in zip(xs, "a"):
        pass
    print(x, y, list(xs))  # the first iterator has been asked once more
    it = enumerate("abc")
    for i, c in it:
        for j, e in it:
            print(i, c, j, e)


left_over()


class Item:
    pass


def lives():
    """The names hold the items, and after the loop nothing else does."""
    refs = []

    def items(n):
        for _ in range(n):
            item = Item()
            refs.append(weakref.ref(item))
            yield item
            del item

    for i, x in enumerate(items(3)):
        pass
    for x, y in zip(items(3), items(2)):
        pass
    print([r() is not None for r in refs], x is refs[-1]() or x is refs[-2](), type(y))
    del x, y
    print([r() is not None for r in refs])


lives()


def unbound():
    for x, y in zip((), ()):
        pass
    try:
        return x
    except UnboundLocalError as e:
        return str(e)


print(unbound())


def assigned(flag):
    if flag:
        a, b = 1, 2
    else:
        try:
            a, b = 1, 2, 3
        except ValueError as e:
            print(e)
    try:
        return a, b
    except UnboundLocalError as e:
        return str(e)


print(assigned(True), assigned(False))


def swap(a, b):
    a, b = b, a
    (a, b) = [b, a][:]
    a, b = (x for x in (a, b))
    return a, b


print(swap(1, 2))


def itself(a):
    a, b = a
    return a, b


print(itself((1, 2)), itself("xy"), itself([[3], [4]]))


def closure():
    for i, f in enumerate([str, int]):
        def show():
            return i, f
        print(show())


closure()


def twice():
    a, a = 1, 2
    b, a, b = 3, 4, 5
    return a, b


print(twice())


def traced():
    events = []

    def tracer(frame, event, arg):
        if frame.f_code.co_name == "loop":
            events.append((event, frame.f_lineno - frame.f_code.co_firstlineno, dict(frame.f_locals)))
        return tracer

    def loop():
        for i, (
            a,
            b,
        ) in enumerate(zip("x", "y")):
            c = i, a, b
        return c

    sys.settrace(tracer)
    try:
        loop()
    finally:
        sys.settrace(None)
    for e in events:
        print(*e)


traced()
