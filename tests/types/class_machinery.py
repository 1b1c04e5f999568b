# Slots, metaclasses, __bases__, __class__, names of classes.
# SPDX-License-Identifier: MIT
def mask(s):
    head, *rest = s.split('0x')
    return head + ''.join('0x' + p.lstrip('0123456789abcdef') for p in rest)
def t(s, g=None):
    try:
        r = eval(s, g or globals())
        print(s, '->', mask(repr(r)))
    except BaseException as e:
        print(s, '!', type(e).__name__, mask(str(e)))
def x(s):
    try: exec(s, globals())
    except BaseException as e: print(s.replace('\n', ';'), '!', type(e).__name__, e)
# slots
x('class S1: __slots__ = "a"'); x('class S2: __slots__ = ("a", "b", "__dict__")'); x('class S3: __slots__ = ["__weakref__", "z"]'); x('class S4: __slots__ = {"k": "doc of k"}'); x('class S5: __slots__ = ("1a",)'); x('class S6: __slots__ = (1,)'); x('class S7: __slots__ = ("a",); a = 1'); x('class S8: __slots__ = ("__dict__", "__dict__")'); x('class S9(int): __slots__ = ("a",)'); x('class S10(S1, S2): pass'); x('class S11(int): __slots__ = ()'); x('class S12(str): __slots__ = ("q",)'); x('class S13(tuple): __slots__ = ("q",)'); x('class S14: __slots__ = ("__weakref__", "__weakref__")'); x('class S15(list): __slots__ = ("q", "__dict__")'); x('class S16: __slots__ = ()'); x('class S17(S2): __slots__ = ("__dict__",)'); x('class S18: __slots__ = ("__priv", "b")')
s = S1(); t('s.a'); x('s.a = 1'); t('s.a'); x('s.b = 1'); x('del s.a'); x('del s.a'); t('s.__dict__'); t('S1.a'); t('S1.__slots__'); t('S1.a.__get__(s)'); t('S1.a.__get__(5)'); t('S1.a.__objclass__'); t('S1.a.__name__'); t('S1.a.__qualname__'); t('S1.a.__doc__'); t('type(S1.a)')
s = S2(); s.a = 1; s.q = 2; t('s.__dict__'); t('sorted(n for n in dir(s) if n[0] != "_")'); t('S18._S18__priv'); q = S18(); t('[n for n in dir(q) if "priv" in n]'); x('S11().x = 1'); q = S12("abc"); q.q = 5; t('q.q, q'); x('q.z = 1'); q = S15([1]); q.q = 1; q.z = 2; t('q, q.q, q.__dict__')
x('''
class T1(S1):
    __slots__ = ("b",)
    def __init__(self): self.a = 1; self.b = 2
class T2(T1):
    def __init__(self): super().__init__(); self.c = 3
class T3(T2):
    __slots__ = ("d",)
    def __init__(self): super().__init__(); self.d = 4; self.e = 5
class T4(T3):
    def __init__(self):
        super().__init__()
        for i in range(40): setattr(self, "n%d" % i, i)
''')
o = T4(); t('o.a, o.b, o.c, o.d, o.e, o.n39'); t('len(o.__dict__)'); del o.c; t('o.c'); o.c = 9; t('list(o.__dict__)[-3:]'); t('T4.__mro__')
# metaclasses
class M1(type): pass
class M2(type): pass
class A1(metaclass=M1): pass
class A2(metaclass=M2): pass
x('class A3(A1, A2): pass'); x('class A4(A1, metaclass=M2): pass'); x('class A5(metaclass=lambda n, b, d, **k: (n, b, sorted(k)), z=1): pass'); t('A5'); x('class A6(5): pass'); x('class A7(bool): pass'); x('class A8(type(None)): pass'); x('class A9(A1, A1): pass'); x('class A10(object, A1): pass'); x('class A11(z=1): pass'); x('class A12(metaclass=type, z=1): pass'); x('class A13(type(lambda:0)): pass'); x('class A14(range): pass'); x('class A15(int, str): pass'); x('class A16(BaseException, int): pass'); x('class A17(OSError, KeyError): pass'); x('class A18(OSError, ImportError): pass'); t('A17.__mro__')
class MP(type):
    @classmethod
    def __prepare__(m, name, bases, **kw): print('prep', name, kw); return {'zz': 1}
    def __new__(m, name, bases, ns, **kw): print('new', name, sorted(k for k in ns if k[:2] != '__')); return type.__new__(m, name, bases, dict(ns))
    def __init__(c, name, bases, ns, **kw): print('init', kw)
    def mro(c): r = type.mro(c); print('mro', [k.__name__ for k in r]); return r
class P1(metaclass=MP, a=1): y = 2
class P2(P1): pass
t('P1.zz'); t('type(P2)')
class BadPrep(type):
    @classmethod
    def __prepare__(m, *a): return 5
x('class BP(metaclass=BadPrep): pass')
class BadMro(type):
    def mro(c): return [5]
x('class BM(metaclass=BadMro): pass')
class BadMro2(type):
    def mro(c): return [c, int]
x('class BM2(metaclass=BadMro2): pass')
t('type("a", (), {}, x=1)'); t('type(5, (), {})'); t('type("a", 5, {})'); t('type("a", (), 5)'); t('type("a\\0b", (), {})'); t('type("a", (5,), {})'); t('type.__new__(type)'); t('type.__new__(5)'); t('type("X", (), {"__qualname__": 5})'); t('type("X", (), {"__slots__": "a"}).a'); t('type("X", (list[int],), {})')
x('class G1(list[int]): pass'); t('G1.__bases__, G1.__orig_bases__')
# bases assignment
class B1: v = 1
class B2: v = 2
class B3(B1): pass
o = B3(); t('o.v'); B3.__bases__ = (B2,); t('o.v'); t('B1.__subclasses__(), B2.__subclasses__()'); x('B3.__bases__ = 5'); x('B3.__bases__ = ()'); x('B3.__bases__ = (5,)'); x('B3.__bases__ = (B3,)'); x('B3.__bases__ = (int,)'); x('B2.__bases__ = (B3,)'); x('int.__bases__ = ()'); t('B3.__mro__'); x('del B3.__bases__')
class B4(B3):
    def f(self): return super().v
t('B4().f()'); B3.__bases__ = (B1, B2); t('B4().f()'); t('B4.__mro__')
# class assignment
class C1: pass
class C2: pass
class C3: __slots__ = ("a",)
class C4: __slots__ = ("a",)
class C5(list): pass
class C6(C1):
    def __init__(self): self.a = self.b = self.c = self.d = self.e = self.f = self.g = 1
o = C1(); o.x = 1; o.__class__ = C2; t('type(o), o.x'); x('o.__class__ = 5'); x('o.__class__ = C3'); x('o.__class__ = C5'); x('o.__class__ = int'); x('del o.__class__'); x('(5).__class__ = C1'); o = C3(); o.a = 5; o.__class__ = C4; t('type(o), o.a'); o = C6(); o.__class__ = C1; t('type(o), o.g, sorted(o.__dict__)'); o = C1(); o.q = 1; o.__class__ = C6; t('o.q'); o.z = 5; t('o.__dict__'); o.__class__ = C2; t('o.z')
# names
class N: pass
x('N.__name__ = 5'); x('N.__name__ = "a\\0"'); N.__name__ = 'Q'; t('N'); t('N.__name__'); N.__qualname__ = 'X.Y'; t('N'); x('N.__qualname__ = 5'); x('del N.__name__'); N.__module__ = 'mm'; t('N'); t('N()' + '.__class__'); N.__module__ = 5; t('N'); x('del N.__module__'); x('int.__name__ = "a"'); x('int.foo = 1'); x('del int.foo'); N.__doc__ = 'dd'; t('N.__doc__'); x('int.__doc__ = 1'); x('del N.__doc__'); x('N.__dict__ = {}'); x('N.__mro__ = ()'); t('N.__text_signature__'); t('int.__text_signature__, list.__text_signature__, object.__text_signature__, type.__text_signature__')
t('N.__annotations__'); x('N.__annotations__ = 5'); t('N.__annotations__'); x('del N.__annotations__'); x('del N.__annotations__'); t('int.__annotations__'); x('int.__annotations__ = 1'); t('N.__type_params__'); x('class TP[T]: pass'); t('TP.__type_params__'); t('N.__abstractmethods__'); N.__abstractmethods__ = {'foo', 'bar'}; t('N()'); N.__abstractmethods__ = ['one']; t('N()'); N.__abstractmethods__ = []; t('type(N())'); t('type.__abstractmethods__'); x('del N.__abstractmethods__'); x('del N.__abstractmethods__'); t('N.__static_attributes__'); t('N.__firstlineno__'); t('int.__static_attributes__')
t('type.__dict__["__doc__"]'); t('type.__dict__["__name__"]'); t('object.__dict__["__class__"]'); t('list(object.__dict__)'); t('sorted(type.__dict__)')
