"""Classes at work: attributes, methods, operators, properties, inheritance, descriptors, dataclasses, named tuples, enums."""
# SPDX-License-Identifier: MIT
from collections import namedtuple
from dataclasses import dataclass, field
from enum import Enum, IntFlag
from functools import total_ordering


class Shape:
    count = 0

    def __init__(self, name):
        self.name = name
        self.notes = []
        Shape.count += 1

    def area(self):
        raise NotImplementedError

    def describe(self, digits=2, *, unit="m"):
        return f"{self.name}: {self.area():.{digits}f} {unit}"

    @property
    def large(self):
        return self.area() > 50

    @classmethod
    def named(cls, *args):
        return cls(*args)

    @staticmethod
    def scale(x, by=2):
        return x * by


class Box(Shape):
    def __init__(self, width, height):
        super().__init__("box")
        self.width, self.height = width, height

    def area(self):
        return self.width * self.height


class Disc(Shape):
    def __init__(self, radius):
        super().__init__("disc")
        self.radius = radius

    def area(self):
        return 3.14159 * self.radius ** 2


@total_ordering
class Money:
    __slots__ = ("units", "cents")

    def __init__(self, units, cents=0):
        self.units = units + cents // 100
        self.cents = cents % 100

    def __add__(self, other):
        return Money(self.units + other.units, self.cents + other.cents)

    def __radd__(self, other):
        return self

    def __eq__(self, other):
        return isinstance(other, Money) and (self.units, self.cents) == (other.units, other.cents)

    def __lt__(self, other):
        return (self.units, self.cents) < (other.units, other.cents)

    def __hash__(self):
        return hash((self.units, self.cents))

    def __repr__(self):
        return "%d.%02d" % (self.units, self.cents)


class Row:
    """Things that look like containers."""

    def __init__(self, items):
        self._items = list(items)

    def __len__(self):
        return len(self._items)

    def __getitem__(self, i):
        return self._items[i]

    def __setitem__(self, i, v):
        self._items[i] = v

    def __contains__(self, x):
        return x in self._items

    def __iter__(self):
        return iter(self._items)

    def __bool__(self):
        return bool(self._items)

    def __call__(self, f):
        return [f(x) for x in self._items]


class Lazy:
    def __init__(self, make):
        self.make = make

    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, obj, owner=None):
        if obj is None:
            return self
        value = obj.__dict__[self.name] = self.make(obj)
        return value


class Report:
    total = Lazy(lambda self: sum(self.parts))

    def __init__(self, parts):
        self.parts = parts

    def __getattr__(self, name):
        if name.startswith("part"):
            return self.parts[int(name[4:])]
        raise AttributeError(name)


@dataclass(order=True)
class Item:
    price: int
    name: str = "thing"
    tags: list = field(default_factory=list, compare=False)


Pair = namedtuple("Pair", "left right")


class Colour(Enum):
    RED = 1
    GREEN = 2
    BLUE = 3


class Access(IntFlag):
    READ = 4
    WRITE = 2


class Node:
    def __init__(self, key):
        self.key, self.left, self.right = key, None, None

    def insert(self, key):
        node = self
        while True:
            if key < node.key:
                if node.left is None:
                    node.left = Node(key)
                    return
                node = node.left
            elif key > node.key:
                if node.right is None:
                    node.right = Node(key)
                    return
                node = node.right
            else:
                return

    def walk(self):
        if self.left:
            yield from self.left.walk()
        yield self.key
        if self.right:
            yield from self.right.walk()

    def height(self):
        return 1 + max(self.left.height() if self.left else 0, self.right.height() if self.right else 0)


class Account:
    def __init__(self, owner, balance=0):
        self.owner = owner
        self.balance = balance
        self.history = []

    def deposit(self, amount):
        if amount <= 0:
            raise ValueError("amount must be positive")
        self.balance += amount
        self.history.append(("deposit", amount))
        return self

    def withdraw(self, amount):
        if amount > self.balance:
            raise ArithmeticError("not enough")
        self.balance -= amount
        self.history.append(("withdraw", amount))
        return self


class Temp:
    pass


def main(n):
    shapes = []
    for i in range(n):
        shapes.append(Box(i % 9, i % 7) if i % 3 else Disc.named(i % 5))
    area = sum(s.area() for s in shapes)
    large = [s for s in shapes if s.large]
    texts = {s.describe() for s in shapes[:500]} | {s.describe(1, unit="cm") for s in shapes[:500]}
    cash = Money(0)
    for i in range(n):
        cash = cash + Money(i, i % 250)
        if cash < Money(10) or cash == Money(3):
            cash += Money(1, 1)
    seen = {Money(i % 50, i % 7): i for i in range(n)}
    row = Row(range(100))
    hits = 0
    for i in range(n // 4):
        row[i % 100] = row[(i + 1) % 100] + len(row) - Shape.scale(i)
        if row and i in row:
            hits += 1
    hits += sum(x > 3 for x in row) + len(row(str))
    for i in range(n // 4):
        r = Report([i, 1, 2])
        hits += r.total + r.total + r.part1
    items = sorted(Item(i * 7919 % 1000, str(i)) for i in range(n // 8))
    pairs = [Pair(i, i + 1)._replace(right=2) for i in range(n // 8)]
    hits += sum(p.left + p.right for p in pairs) + items[0].price
    for i in range(n // 4):
        colour = Colour(i % 3 + 1)
        if colour is Colour.RED or colour.name == "BLUE":
            hits += colour.value
        hits += bool(Access.READ & Access(i & 6))
    root = Node(500)
    for i in range(n // 4):
        root.insert(i * 7919 % 1009)
    hits += sum(root.walk()) + root.height()
    account = Account("me")
    for i in range(n):
        try:
            account.deposit(i % 17).withdraw(i % 29)
        except (ValueError, ArithmeticError) as e:
            hits += len(str(e))
        t = Temp()
        t.a = i
        t.b = t.a
        hits += t.b if hasattr(t, "b") and isinstance(t, Temp) else getattr(t, "c", 0)
        setattr(t, "c", i)
    return area, len(large), len(texts), cash, len(seen), hits, account.balance


main(150000)
