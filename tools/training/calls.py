"""Functions at work: arguments of all kinds, recursion, closures, decorators, generators, exceptions, with blocks, comprehensions."""
# SPDX-License-Identifier: MIT
import functools
import itertools
from contextlib import contextmanager, suppress
from operator import attrgetter, itemgetter


def clip(value, low=0, high=100, *, strict=False):
    if strict and not low <= value <= high:
        raise ValueError(value)
    return min(max(value, low), high)


def join(*parts, sep="-", **named):
    return sep.join(map(str, parts)) + "".join(f"{k}={v}" for k, v in named.items())


def forward(*args, **kwargs):
    return join(*args, **kwargs)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1:]):
            yield items[i:i + 1] + rest


@functools.lru_cache(maxsize=None)
def ways(amount, coins):
    if amount == 0:
        return 1
    if amount < 0 or not coins:
        return 0
    return ways(amount - coins[0], coins) + ways(amount, coins[1:])


def counted(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        wrapper.calls += 1
        return f(*args, **kwargs)
    wrapper.calls = 0
    return wrapper


@counted
def square(x):
    return x * x


def counter(start=0):
    n = start

    def step(by=1):
        nonlocal n
        n += by
        return n
    return step


def compose(*functions):
    return functools.reduce(lambda f, g: lambda x: g(f(x)), functions)


@contextmanager
def collecting(into, what):
    into.append(what)
    try:
        yield into
    finally:
        into.append(-what)


class Guard:
    depth = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, *exc):
        self.depth -= 1
        return False


def evens(limit):
    i = 0
    while i < limit:
        got = yield i
        i += got or 2


def flat(tree):
    for x in tree:
        if isinstance(x, list):
            yield from flat(x)
        else:
            yield x


def risky(i):
    if i % 5 == 0:
        raise KeyError(i)
    if i % 7 == 0:
        raise ValueError(f"bad {i}")
    return i


def careful(i):
    try:
        return risky(i)
    except KeyError as e:
        return e.args[0]
    finally:
        i = None


total = 0


def bump(by):
    global total
    total += by


def main(n):
    acc = 0
    guard = Guard()
    log = []
    point = (3, 4)
    options = {"low": 10, "high": 50}
    for i in range(n):
        acc += clip(i) + clip(i, 5) + clip(i, high=7) + clip(value=i, low=1, high=9) + clip(*point) + clip(i, **options)
        bump(1)
        with guard:
            acc += guard.depth
    for i in range(n // 4):
        acc += len(join(i, i, "x")) + len(join(i, sep="", a=1, b=2)) + len(forward(i, 2, sep=".", k=i))
        with collecting(log, i) as got:
            acc += len(got)
        with suppress(KeyError, ValueError):
            risky(i)
    acc += ackermann(2, 60) + sum(1 for _ in permutations("abcdef")) + ways(200, (50, 25, 10, 5, 1))
    step = counter()
    add_then_double = compose(lambda x: x + 1, lambda x: x * 2)
    plus3 = functools.partial(int.__add__, 3)
    for i in range(n):
        acc += square(i) + step() + step(by=2) + add_then_double(i) + plus3(i)
        try:
            acc += careful(i)
        except ValueError as e:
            acc += len(str(e))
    gen = evens(n)
    acc += next(gen)
    for _ in range(n // 8):
        acc += gen.send(1)
    acc += sum(evens(n)) + sum(x * x for x in range(n) if x & 1)
    acc += sum(flat([[i, [i + 1, [i + 2]]] for i in range(n // 8)]))
    rows = [{"id": i, "group": i % 5, "name": f"n{i * 31 % 97}"} for i in range(n // 4)]
    rows.sort(key=itemgetter("name", "id"))
    rows.sort(key=lambda r: (r["group"], -r["id"]))
    for group, members in itertools.groupby(rows, key=itemgetter("group")):
        acc += group * sum(m["id"] for m in members)
    acc += len(list(zip(itertools.chain(range(n), range(n)), itertools.count(), itertools.cycle("ab"))))
    acc += sum(a * b for a, b in itertools.product(range(60), repeat=2)) + len(list(itertools.combinations(range(18), 3)))
    acc += sum(i * x for i, x in enumerate(reversed(range(n)))) + sum(map(abs, range(-n, n))) + len(list(filter(None, range(n))))
    acc += any(x > n for x in range(n)) + all(map(bool, range(1, n))) + len([*itertools.islice(itertools.accumulate(range(n)), 10, n, 3)])
    squares = {x: x * x for x in range(n)}
    acc += sum(squares[k] for k in squares if k % 3 == 0) + len({x % 97 for x in range(n)})
    acc += len([(x, y) for x in range(60) for y in range(60) if x != y])
    pairs = sorted(((b, a) for a, b in squares.items()), reverse=True)
    first, *middle, last = pairs
    acc += first[0] - last[0] + len(middle) + max(pairs, key=itemgetter(1))[0]
    acc += sum(map(attrgetter("real"), range(n)))
    return acc


main(90000)
