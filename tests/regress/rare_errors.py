# Where the error of a rare case comes from and what it says: except* around a naked exception, items that cannot be deleted, arguments to subclasses.
import sys
def TE(e):
    tb=e.__traceback__; l=[]
    while tb: l.append((tb.tb_lineno, tb.tb_frame.f_code.co_name)); tb=tb.tb_next
    print(type(e).__name__, l)
def f():
    try:
        raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
    except* ValueError:
        1/0
    except* KeyError:
        pass
def g():
    try:
        try:
            raise ValueError(1)
        except* ValueError as e:
            raise e
    except* TypeError:
        pass
def h():
    try:
        raise ExceptionGroup('g', [ValueError(1), KeyError(2)])
    except* ValueError:
        raise
def h2():
    try:
        raise ValueError(3)
    except* ValueError:
        raise
def h3():
    try:
        raise ValueError(3)
    except* ValueError:
        with open('/nonexist') as f:
            pass
for k in (f,g,h,h2,h3):
    try: k()
    except BaseException as e:
        TE(e)
        for x in getattr(e,'exceptions',()): TE(x); print(x.__context__ and TE(x.__context__)) 
        if e.__context__: TE(e.__context__)
class V:
    def __setitem__(self,i,v): pass
class W:
    def __delitem__(self,i): pass
class G:
    def __set__(self,o,v): pass
class H:
    def __delete__(self,o): pass
class N: pass
class A: g=G(); h=H()
class S(str): pass
class E: 
    def __get__(s,o,c=None): raise KeyError
class I: __delitem__ = E(); __setitem__ = None
a=A()
def t(f):
    try: f()
    except Exception as e: print(type(e).__name__, e)
def d(o,k): del o[k]
def s(o,k): o[k]=1
def dg(): del a.g
def sh(): a.h=1
for o in (V(),W(),N(),S('a'),'a',1,(1,),I(),N,object(),len,type,{1},range(2),b'a',memoryview(b'a'), 1.5, None, print, slice(1), iter([])):
    for k in (0,'a',slice(1,2)):
        t(lambda: d(o,k)); t(lambda: s(o,k))
t(dg); t(sh)
for b in (int, str, set, frozenset):
    t(lambda: type('C', (b,), {})(1, 2, 3, 4))
    t(lambda: b(1, 2, 3, 4))
d = [1]
t(lambda: exec('[a for b in d if a for a in d]', {'d': d, 'a': 1}))
t(lambda: exec('class K:\n [a for b in d if a for a in d]', {'d': d, 'a': 1}))
