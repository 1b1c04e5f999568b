# What the compiler makes of the language: checked against the recorded output.
import sys
class M(type):
    def __new__(m, n, b, d, **k): 
        print(n, sorted(x for x in d if x not in ('__firstlineno__','__static_attributes__')), k); return super().__new__(m,n,b,d)
    def __init__(c,n,b,d,**k): pass
class A(metaclass=M, opt=1):
    """doc"""
    x: int = 1
    y: 'str'
    def f(self): return __class__
    z = [x for x in range(3)]
    def g(self): self.q = 1; self.r: int = 2
print(A.__annotations__, A().f() is A, A.__doc__, A.__static_attributes__, A.__firstlineno__)
def mk():
    v = 10
    class B:
        w = 0
        v = 5
        def m(self): return v
        c = [v for _ in range(1)]
    return B
B = mk(); print(B.w if hasattr(B,'w') else None, B().m(), B.v, B.c)
class Outer:
    class Inner:
        def m(self): return self.__class__.__qualname__
print(Outer.Inner().m())
class Priv:
    __a = 1
    def get(self): return self.__a, self._Priv__a
    def __m(self): return 'm'
    def call(self): return self.__m()
print(Priv().get(), Priv().call(), '_Priv__a' in Priv.__dict__)
class S(A):
    def f(self): 
        return super().f(), super(S, self).f() is A
print(S().f()[1])
def gf[T](x: T) -> T: return x
print(gf(3), gf.__type_params__, gf.__annotations__)
class G[T, *Ts, **Pp]:
    def m[U](self, u: U) -> T: return u
print(G.__type_params__, G().m(4), G.__orig_bases__)
type Alias[T] = list[T]
print(Alias, Alias.__value__, Alias.__type_params__)
type Rec = dict[str, Rec]
print(Rec.__value__)
def bounded[T: int, U: (int, str) = str](): pass
t,u = bounded.__type_params__; print(t.__bound__, u.__constraints__, u.__default__)
class K:
    n = 1
    type N = n
    def m[T: n](self): pass
print(K.N.__value__, K.m.__type_params__[0].__bound__)
x: int = 5
print(__annotations__)
def af():
    y: undefined = 3
    z: also_undefined
    return y
print(af())
class D:
    def __init_subclass__(cls, **kw): print('sub', cls.__name__, kw)
class E(D, a=1): pass
class F:
    def __set_name__(self, o, n): print('sn', o.__name__, n)
class H: f = F()
def deco(c): c.d=1; return c
@deco
class I: pass
print(I.d)
class Slots:
    __slots__=('a','b')
s=Slots(); s.a=1; print(s.a)
try: s.c=1
except AttributeError as e: print(e)
def f(a, /, b, *, c: int = 3) -> 'x': ...
print(f.__annotations__, f.__kwdefaults__, f.__defaults__, f.__code__.co_varnames, f.__code__.co_posonlyargcount)
print((lambda *a, **k: (a,k))(1,b=2))
def closure():
    fs = []
    for i in range(3):
        fs.append(lambda i=i: i)
    return [f() for f in fs]
print(closure())
def cc():
    return [lambda: x for x in range(3)]
print([f() for f in cc()])
def shadow():
    x = 'outer'
    r = [x for x in 'ab']
    return x, r
print(shadow())
print([x for x in [y for y in range(3)] if x])
def compnest(a):
    return [[a+i+j for j in range(2)] for i in range(2)]
print(compnest(10))
def walrus(l):
    return [y for x in l if (y := x*2) > 2], y
print(walrus([1,2,3]))
class Meta2(type):
    @classmethod
    def __prepare__(m, n, b): return {'inj': 42}
class J(metaclass=Meta2):
    print(inj)
