# Functions, cells, methods, property, super, mappingproxy.
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
# property
class P:
    def __init__(self): self._x = 1
    x = property(lambda self: self._x, lambda self, v: setattr(self, '_x', v), None, 'the doc')
    @property
    def ro(self): "ro doc"; return 5
p = P()
t('p.x'); x('p.x = 5'); t('p.x'); x('del p.x'); x('p.ro = 1'); t('P.x.__doc__'); t('P.ro.__doc__'); t('P.ro.__name__'); t('P.ro.fget'); t('P.x.fdel'); t('P.ro.setter(lambda s, v: None).__doc__'); t('property(1).__get__(2)'); t('property().__get__(1)'); t('P.ro.__isabstractmethod__')
class SubProp(property): pass
class Q:
    @SubProp
    def a(self): "adoc"; return 1
    @a.setter
    def a(self, v): print('set', v)
t('Q.a.__doc__'); t('type(Q.a)'); x('Q().a = 3'); t('Q().a')
# classmethod/staticmethod
t('classmethod(5)'); t('staticmethod(len)'); t('staticmethod(len)("abc")'); t('classmethod(len).__func__'); t('classmethod(P.__init__).__name__'); t('staticmethod(P.__init__).__wrapped__'); t('classmethod(lambda c: c).__get__(1)()'); t('classmethod(lambda c: c).__get__(None, int)()')
# methods
m = p.__init__
t('m.__func__ is P.__init__'); t('m.__self__ is p'); t('m == p.__init__'); t('m is p.__init__'); t('hash(m) == hash(p.__init__)'); t('m.__name__'); t('m.__qualname__'); t('m.__doc__'); t('m.foo'); x('m.foo = 1')
import sys
MT = type(m)
t('MT(len, 5)()'); t('MT(1, 2)'); t('MT(len, None)'); t('MT(len)'); t('MT'); t('repr(MT(len, "abc"))')
# functions
def f(a, b=1, *, c=2, **k) -> int: "doc"; return a
t('f.__annotations__'); x('f.__defaults__ = 5'); x('f.__defaults__ = (9,)'); t('f(1)'); x('f.__kwdefaults__ = 3'); x('f.__name__ = 3'); x('f.__name__ = "g"'); t('f.__name__'); t('repr(f)[:12]'); x('f.__code__ = 1'); x('f.__code__ = (lambda a, b=1: 77).__code__'); t('f(1)'); x('f.__dict__ = 3'); x('f.__qualname__="z.y"'); t('repr(f)[:14]'); t('f.__closure__'); t('f.__globals__ is globals()'); t('f.__module__'); t('f.__type_params__'); x('f.__doc__ = 3'); t('f.__doc__'); x('del f.__doc__'); t('f.__doc__'); x('f.__builtins__ = 3'); x('f.__closure__ = 3')
def outer():
    z = 5
    def inner(): return z
    return inner
g = outer()
t('g.__closure__[0].cell_contents'); t('repr(g.__closure__[0])[:9]'); x('g.__code__ = f.__code__'); t('g.__code__.co_freevars')
FT = type(f)
t('FT(f.__code__, {})(1)'); t('FT(g.__code__, {})'); t('FT(g.__code__, {}, None, None, g.__closure__)()'); t('FT(1, {})'); t('FT(f.__code__, {}, "nm").__name__'); t('FT()'); t('FT(f.__code__, 1)'); t('FT(g.__code__, {}, None, None, (1,))'); t('FT(f.__code__, {}, 5)')
# cells
CT = type(g.__closure__[0])
t('CT()'[:3]); t('CT().cell_contents'); t('CT(1) < CT(2)'); t('CT() < CT(2)'); t('CT(5).cell_contents'); t('CT(1) == CT(1)'); t('hash(CT())')
c = CT(); x('c.cell_contents = 3'); t('c.cell_contents'); x('del c.cell_contents'); t('c.cell_contents')
# super
class A:
    def m(self): return 'A.m'
    @classmethod
    def cm(cls): return ('A.cm', cls.__name__)
    @staticmethod
    def sm(): return 'A.sm'
    @property
    def pp(self): return 'A.pp'
    attr = 'A.attr'
class B(A):
    def m(self): return 'B' + super().m()
    @classmethod
    def cm(cls): return super().cm()
    @staticmethod
    def sm(): return super(B, B).sm()
    @property
    def pp(self): return 'B' + super().pp
    def at(self): return super().attr
    def no(self): return super().nope
    def cl(self): return super().__class__, super().__thisclass__, super().__self_class__
    def dele(self):
        del self
        super()
b = B()
t('b.m()'); t('B.cm()'); t('b.cm()'); t('B.sm()'); t('b.pp'); t('b.at()'); t('b.no()'); t('b.cl()'); t('b.dele()'); t('super(B, b)'); t('super(B, B)'); t('super(B).__get__(b).m()'); t('super(B, b).m'); t('super(5, b)'); t('super(B, 5)'); t('super(B, b, 1)'); t('super(x=1)'); t('super()')
def nosuper(): super()
t('nosuper()')
def nosuper2(a): super()
t('nosuper2(1)')
# mappingproxy
import sys
MP = type(A.__dict__)
mp = MP({'a': 1, 'b': 2})
t('mp'); t('mp["a"]'); t('mp["z"]'); t('len(mp)'); t('list(mp)'); t('mp.get("q", 5)'); t('mp.get()'); t('sorted(mp.items())'); t('mp | {"c": 3}'); t('{"c": 3} | mp'); x('mp |= {}'); t('mp == {"a":1,"b":2}'); t('hash(mp)'); t('"a" in mp'); x('mp["a"] = 1'); t('MP(5)'); t('MP([1])'); t('mp.copy()'); t('list(reversed(mp))'); t('str(mp)'); x('del mp["a"]'); t('MP(mp)'); t('MP()'); t('mp != {}'); t('mp.keys()')
