# What `or` and `and` decide against goes before the function returns the other side.
# SPDX-License-Identifier: MIT


class Falsy:
    def __init__(self, name):
        self.name = name

    def __bool__(self):
        return self.name == "true"

    def __del__(self):
        print(self.name, "goes")


def either(name, other):
    return Falsy(name) or other


def both(name, other):
    return Falsy(name) and other


def chained(name, other):
    x = [other]
    return Falsy(name) or Falsy("second") or x


def joined(parts, other):
    return b"".join(parts) or other


for _ in range(3):
    print(either("one", 1))
    print(both("true", 2))
    print(chained("first", 3))
    print(joined([], b"nothing"), joined([b"a", b"b"], None))
