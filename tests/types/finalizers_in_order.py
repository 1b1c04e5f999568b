# A collection runs finalizers in the order in which their objects were made, whatever their sizes: who owns others closes them before they speak for themselves.
import gc

said = []
class Big:
    def __init__(self, n):
        self.n, self.a, self.b, self.c, self.me = n, 1, 2, 3, self
    def __del__(self):
        said.append(self.n)
class Slim:
    __slots__ = ("n", "me")
    def __init__(self, n):
        self.n, self.me = n, self
    def __del__(self):
        said.append(self.n)
class Listed(list):
    def __init__(self, n):
        self.n = n
        self.append(self)
    def __del__(self):
        said.append(self.n)
gc.disable()
for generation in 0, 2:
    for n in range(90):
        (Big, Slim, Listed)[n % 7 % 3](n)
    gc.collect(generation)
    print(len(said), said == list(range(90)))  # expect: 90 True
    said.clear()  # expect: 90 True

# One generation lies before the next.
for n in range(40):
    (Big, Slim, Listed)[n % 7 % 3](n) if n % 2 else gc.collect(n % 3 if n < 6 else 0) or None
print(len(said) > 0, said == sorted(said))  # expect: True True
