# Instances with more attributes than their class foresaw: added by other code, in another order, deleted, read after a change of class; several classes at one store.
class Box: pass
class Other:
    def __init__(self): self.own = 0
class Hooked:
    def __setattr__(self, name, value): object.__setattr__(self, name, [value])
class Fixed:
    fixed = property(lambda self: 'p', lambda self, v: self.__dict__.__setitem__('seen', v))
def fill(b, n):
    b.a0 = b.a1 = b.a2 = b.a3 = b.a4 = b.a5 = b.a6 = b.a7 = b.a8 = b.a9 = n
    b.b0 = n + 1; b.b1 = n + 2; b.b2 = n + 3; b.b3 = n + 4; b.fixed = n + 5
    return b
for round in range(40):
    last = [fill(c(), round) for c in (Box, Other, Hooked, Fixed)]
for b in last: print(type(b).__name__, sorted(b.__dict__.items()))
b = fill(Box(), 1)
del b.a4, b.b3
b.a4 = 'late'; b.b4 = 'new'
print(list(vars(b)))
Box.b9 = property(lambda self: 'class', lambda self, v: print('set', v))
def store(b): b.b9 = 7
for i in range(30): x = fill(Box(), i)
store(x)
del Box.b9
for i in range(30):
    x = fill(Box(), i)
    store(x)
print(x.b9, len(vars(x)))
Box.__setattr__ = lambda self, n, v: print('hook', n)
store(x)
del Box.__setattr__
class Named:
    pass
for i in range(300): setattr(x, f'k{i}', i)
print(len(vars(x)), x.k299)
