"""An instruction that does the work of those behind it must not leave out a name that they assign on the way: `for pair in d.items(): a, b = pair` once lost the pair."""


class O:
    x = 0


def items(m):
    out = []
    for pair in m.items():
        a, b = pair
        out.append((pair, a, b))
    return out


def rows(*iterators):
    out = []
    for row in zip(*iterators):
        a, b = row
        out.append((row, a, b))
    for row in enumerate(iterators):
        a, b = row
        out.append((row, a))
    return out


def unpacked_into_itself(m):
    out = []
    for a in m.items():
        a, b = a
        out.append((a, b))
    for b in zip("ab", "cd"):
        a, b = b
        out.append((a, b))
    return out


def attribute(o, n):
    for i in range(n):
        t = o.x
        t += i
        o.x = t
    return t, o.x


def other_name(o, n):
    for i in range(n):
        t = o.x
        u = t
        t += 1
        o.x = t
    return t, u, o.x


total = 0


def namespace(n):
    global total
    for i in range(n):
        t = total
        t += i
        total = t
    return t, total


def comparison(xs):
    out = []
    for x in xs:
        big = x > 2
        if big:
            out.append((x, big))
        small = not big
        if small:
            out.append((big, small))
    return out


def subscript(xs):
    for i in range(len(xs)):
        t = xs[i]
        t += 1
        xs[i] = t
    return t, xs


def length(xs):
    n = 0
    for x in xs:
        n = len(x)
        if n > 1:
            n += 1
    return n


def item(m):
    for k, v in m.items():
        pair = k, v
        a, b = pair
        m[k] = pair
    return a, b, pair


for _ in range(3):
    print(items({1: 2, 3: 4}))
    print(rows("ab", "cd"))
    print(unpacked_into_itself({1: 2, 3: 4}))
    print(attribute(O(), 5), other_name(O(), 5), namespace(5))
    print(comparison([1, 2, 3]), subscript([1, 2, 3]), length(["a", "bcd"]), item({1: 2, 3: 4}))

t = 0
for i in range(5):
    t = total
    t += i
    total = t
print(t, total)
for pair in {1: 2, 3: 4}.items():
    a, b = pair
    print(pair, a, b)
print([pair for pair in {1: 2}.items() for a, b in [pair]], [(p, a) for p in zip("a", "b") for a, b in (p,)])
