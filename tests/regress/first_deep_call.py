# The first recursion that goes deep, where the register stack has to be made ready as it grows, gives its results to the right registers.


def first():
    def g(k):
        try:
            x = g(k + 1)
            return x
        except RecursionError:
            return k
    return type(g(0))


def second(n, *rest):
    a, b, c = n, n + 1, n + 2
    x = second(n - 1, a) if n else 0
    return x + a + b + c


print(first(), second(500))


def matched(o):
    match o:
        case {"u": 1}: return "u"
        case [a, {"k": 5}] | {"z": a}: return a
    return len(o)


print([matched(o) for o in ({"u": 1}, {"u": 2}, {"z": 3}, [1, {"k": 5}], [1, {"k": 6}], {"q": object()})])
