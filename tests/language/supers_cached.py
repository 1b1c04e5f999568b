# super() calls that a cache serves: the class after __class__ in the object's own MRO decides, whatever ran at the same place before.
class A:
    def f(self): return 'A'
class M:
    def f(self): return 'M'
class B(A):
    def f(self): return 'B' + super().f()
class C(M, A):
    def f(self): return 'C' + super().f()
class D(B, M):
    def f(self): return 'D' + super().f()
def below(base):
    class X(base):
        def f(self): return 'X' + super().f()
    return X
X1 = below(A); X2 = below(A); X3 = below(X1)
class S(X1, X2): pass
def all_of():
    return [c().f() for c in (B, C, D, X1, X2, X3, S)]
for _ in range(60):
    last = all_of()
print(last)
B.__bases__ = (M,)
print(all_of())
A.f = lambda self: 'A2'
print(all_of())
A.f = classmethod(lambda cls: 'c' + cls.__name__)
print(all_of())
del A.f
try:
    X1().f()
except AttributeError as e:
    print(e)
A.f = lambda self: 'A3'
print(all_of())

# The base goes and another class takes its place in memory.
def passing(n):
    class Base:
        def f(self): return n
    class Sub(Base):
        def f(self): return super().f()
    return Sub().f()
print([passing(n) for n in range(5)])

# Classes made without C recursion: what __new__ makes decides about __init__.
class T(tuple):
    def __new__(cls, a, b): return tuple.__new__(cls, (a, b))
class U(T):
    def __init__(self, *a): print('init', a)
class E1:
    def __new__(cls, x): return E2(x) if cls is E1 else object.__new__(cls)
class E2(E1):
    def __init__(self, x): self.x = x; print('init', x)
class N:
    def __new__(cls, x): return 7
class R:
    def __new__(cls, x): raise ValueError(x)
class P(int):
    def __new__(cls, x): return U(1, 2) if x == 5 else int.__new__(cls, x)
for i in range(30):
    t, n, p = T(1, 2), N(1), P(3)
    try: R(4)
    except ValueError: pass
print(t, n, p, P(5), E1(9).x)
try: T(1)
except TypeError as e: print(e)

# Instances of several classes at one store; fields die in order.
class Noisy:
    def __init__(self, n): self.n = n
    def __del__(self): print('del', self.n, end=' ')
class Base:
    def __init__(self): self.a = Noisy(1); self.b = Noisy(2)
class S1(Base): pass
class S2(Base):
    def __init__(self): super().__init__(); self.c = Noisy(3)
class S3:
    __slots__ = 'a', 'b'
    def __init__(self): self.a = Noisy(4); self.b = Noisy(5)
class S4(S3):
    __slots__ = 'c',
    def __init__(self): super().__init__(); self.c = Noisy(6)
for c in (Base, S1, S2, S3, S4) * 2:
    x = c()
    del x
    print(c.__name__)
