# weakref.ref and proxies.
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
import _weakref
class A:
    def __init__(self, n=0): self.n = n
    def __hash__(self): return 42
    def __eq__(self, o): return isinstance(o, A) and self.n == o.n
a = A(1)
r = _weakref.ref(a)
t('r() is a'); t('_weakref.ref(a) is r'); t('hash(r)'); t('r == _weakref.ref(A(1))'); t('_weakref.getweakrefcount(a)'); t('_weakref.getweakrefs(a) == [r]'); t('r.__callback__'); t('_weakref.ref(5)'); t('_weakref.ref()'); t('_weakref.ref(a, 1, 2)'); t('r(1)'); t('r(x=1)')
def cb(w): print('callback', w is r2, w())
r2 = _weakref.ref(a, cb); t('r2.__callback__ is cb'); t('r2 is r')
del a; t('r()'); t('r2()'); t('repr(r)[-5:]'); t('hash(r)'); t('r == r2'); t('r == r'); t('r2.__callback__')
b = A(5); w = _weakref.ref(b); del b; t('hash(w)')
b = A(5); w1 = _weakref.ref(b); w2 = _weakref.ref(b, lambda r: print('cb2')); w3 = _weakref.ref(b, lambda r: print('cb3')); b = None
class R(_weakref.ref):
    def __init__(self, o, cb=None, extra=None): super().__init__(o, cb); self.extra = extra
    def __new__(cls, o, cb=None, extra=None): return super().__new__(cls, o, cb)
b = A(6); q = R(b, None, 'ex'); t('q.extra, q() is b'); t('R(b) is q'); t('_weakref.getweakrefcount(b)')
p = _weakref.proxy(b); t('p.n'); p.n = 9; t('b.n'); t('p == b'); t('hash(p)'); t('type(p)'); t('repr(p)[:12]'); t('isinstance(p, A)'); t('p()'); del p.n; t('p.n')
del b; t('p.n'); t('p == 1'); t('repr(p)[-5:]'); x('p.x = 1'); t('bool(p)'); t('str(p)')
class N:
    def __add__(self, o): return 'add', o
    def __radd__(self, o): return 'radd', o
    def __iadd__(self, o): return self
    def __len__(self): return 3
    def __getitem__(self, k): return k
    def __contains__(self, k): return k == 4
    def __iter__(self): return iter([1,2])
    def __call__(self, *a, **k): return a, k
    def __index__(self): return 7
    def __bool__(self): return False
    def __neg__(self): return 'neg'
    def __lt__(self, o): return 'lt'
    def __pow__(self, o, m=None): return 'pow', o, m
    def __reversed__(self): return 'rev'
    def __bytes__(self): return b'bb'
    def __matmul__(self, o): return 'mm'
n = N(); p = _weakref.proxy(n)
t('p + 1'); t('1 + p'); t('len(p)'); t('p[4]'); t('4 in p'); t('list(p)'); t('p(1, a=2)'); t('[0]*8 and list(range(9))[p]'); t('bool(p)'); t('-p'); t('p < 1'); t('p ** 2'); t('pow(p, 2, 3)'); t('reversed(p)'); t('bytes(p)'); t('p @ 1'); t('next(p)'); t('type(p)'); t('int(p)'); t('float(p)'); t('~p'); p += 1; t('p is n'); t('_weakref.proxy(5)'); t('_weakref.CallableProxyType(1)')
class D:
    def __del__(self): print('del', wr() is not None)
d = D(); wr = _weakref.ref(d); del d; t('wr()')
class Res:
    def __del__(self):
        global keep; keep = self; print('resurrect')
k = Res(); wr = _weakref.ref(k); del k; t('wr() is keep'); del keep; t('wr()')
def err(w): 1/0
z = A(); wz = _weakref.ref(z, err)
import sys
sys.unraisablehook = lambda u: print('unraisable', u.exc_type, u.exc_value)
del z
t('_weakref.ref[int]'); t('_weakref.ReferenceType'); t('_weakref.ProxyType'); x('wr.foo = 1'); t('_weakref.ref(A(1))()')
f = lambda: 1
t('_weakref.ref(f)() is f'); t('_weakref.ref(len)() is len'); t('_weakref.ref(A)() is A'); t('_weakref.ref(A().__init__)()'); t('_weakref.ref({1})()'); t('_weakref.ref([])'); t('_weakref.ref(())'); t('_weakref.ref("")'); t('_weakref.ref(sys)() is sys'); t('_weakref.ref(x for x in [])()'); t('_weakref.ref(object())')
class L(list): pass
l = L(); t('_weakref.ref(l)() is l')
class TT(tuple): pass
t('_weakref.ref(TT())'); 
class II(int): pass
t('_weakref.ref(II())'); 
class SS(str): pass
ss = SS('a'); t('_weakref.ref(ss)()')
class Sl: __slots__ = ()
t('_weakref.ref(Sl())')
class Sw: __slots__ = ('__weakref__',)
sw = Sw(); t('_weakref.ref(sw)() is sw'); t('sw.__weakref__ is _weakref.ref(sw)'); t('A().__weakref__')
