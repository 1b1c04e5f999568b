"""Loops over zip and enumerate: iterators that are replaced while they run, items that must not live on in a row of before, names that cannot be assigned. If this fails,
a reference is dropped twice, or an object dies late."""
import sys, weakref
class It:
    n = 0
    def __iter__(s): return s
    def __next__(s):
        s.n += 1
        if s.n == 3: sys._getframe(1).f_locals['.0'] = iter([(9,9)]); raise StopIteration
        return s.n
for k in range(2000):
    r = list((x,y) for x,y in enumerate(It())); L = [(i,[i]) for i in range(20)]
    r2 = list((x,y) for x,y in zip(It(), [1,2,3,4,5])); L = [(i,[i]) for i in range(20)]
print(r,r2)
class D: pass
def f(it):
    r = None
    for i, d in it:
        if r is None: r = weakref.ref(d)
        elif i == 2: print(r() is None)
f(enumerate(D() for _ in range(3)))
class V:
    def __init__(s,n): s.n=n
    def __del__(s): print(s.n,end=' ')
def g():
    for x,y in zip((V(i) for i in range(4)),([V(10+i)] for i in range(4))): pass
g(); print()
d={'a': V(1), 'a': V(2), 'b': V(3), 'b': V(4)}
print()
d.clear(); print()
for src in ('a, __debug__ = x','[__debug__] = x','(__debug__,) = x','for a, __debug__ in x: pass','for __debug__, a in x: pass','with x as (a, __debug__): pass','[0 for a, __debug__ in x]','a, __debug__ = 1, 2','__debug__, a = 1, x'):
    try: compile('def f(x):\n '+src,'s','exec'); print('compiles',src)
    except SyntaxError as e: print(e)
