# Attribute and call sites that see several classes, changes of classes, and all kinds of descriptors.
class A: pass
def f(o): return o.x
def s(o, v): o.x = v
o=A(); o.x=1
for i in range(50): f(o); s(o,1)
A.x = property(lambda s: 2, lambda s, v: print("set", v))
print(f(o)); s(o,5)
class S:
    __slots__=('a','b')
    def __init__(self): self.a=1
def g(o):
    try: return o.b
    except AttributeError as e: return str(e)
x=S()
for i in range(40):
    r=g(x)
    if i==20: x.b=7
print(r)
class P:
    def __init__(self,v): self.v=v
    @property
    def p(self): return self.v
    @p.setter
    def p(self,v): self.v=v
    @classmethod
    def c(cls,v): return cls(v)
    @staticmethod
    def st(v): return v+1
class Q(P):
    def __init__(self, *a): super().__init__(*a); return
def h(o,i):
    o.p=i
    return o.p + o.st(i) + type(o).c(i).p + P.st(2) + o.c(3).v
print(sum(h(o,i) for o in [P(1),Q(1)]*20 for i in range(10)))
class Bad:
    def __init__(self): return 5
for i in range(5):
    try: Bad()
    except TypeError as e: print(e)
class E(Exception):
    def __init__(self,c): self.code=c
    def m(self): return self.code
t=0
for i in range(50):
    try: raise E(i)
    except E as e: t+=e.code+e.m(); e.code=5; t+=e.code
print(t)
class G:
    def __getattr__(self,n): return n
y=G()
print([y.foo for i in range(3)])
G.__getattribute__=lambda s,n: 'ga'
print([y.foo for i in range(3)])
class W:
    def __init__(self):
        for i in range(20): setattr(self,'a%d'%i,i)
w=W()
for i in range(50): w.a15 += w.a14
print(w.a15)
def gen():
    for i in range(30):
        yield P(i).p + h(Q(1),i)
print(sum(gen()))
d=w.__dict__
for i in range(50): w.a15 += w.a14; w.zz=i; del w.zz
print(w.a15, len(d))
def dflt(a,b=2): return a+b
print([dflt(i) for i in range(3)],[dflt(i,1) for i in range(3)])
