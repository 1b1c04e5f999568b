# Attributes of classes with __getattr__: what a cache remembers must never keep the hook from being asked.
class V:
    z=9
    def __init__(self): self.x=1
    def m(self): return 'm'
    @property
    def p(self): raise AttributeError('inner')
    @property
    def q(self): return 'q'
    def __getattr__(self,n): return 'hook '+n
def f(a,n):
    r=None
    for i in range(n): r=(a.x,a.z,a.m(),a.p,a.q,a.nope,a.m.__name__)
    return r
a=V(); print(f(a,50))
b=V(); del b.x; print(f(b,50)); print(f(a,5))
V.__getattribute__=lambda s,n: 'all' if n=='x' else object.__getattribute__(s,n)
print(f(a,50))
del V.__getattribute__
print(f(a,50))
del V.__getattr__
try: f(a,3)
except AttributeError as e: print(e)
class S:
    __slots__=('k',)
    def __getattr__(self,n): return 'h'+n
s=S(); 
def g(s,n):
    for i in range(n): r=s.k
    return r
print(g(s,30)); s.k=4; print(g(s,30)); del s.k; print(g(s,30))
