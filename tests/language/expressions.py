# What the compiler makes of the language: checked against the recorded output.
print(1+1, 2**10, -5//3, 7%3, 1.5*2, "a"+"b", [1,2]+[3], (1,)*3, not 1, ~5, 1<2<3, 1<3<2, 3>2>=2)
def f(a, b=2, *args, c, d=4, **kw): return (a,b,args,c,d,kw)
print(f(1,c=3), f(1,2,3,4,c=5,e=6), f(*[1,2],**{'c':3}), f(*(1,),2,*[3,4],c=1,**{'z':2},d=9))
x = [i*j for i in range(4) if i%2 for j in range(3)]
print(x, {i for i in range(3)}, {i:i*i for i in range(3)}, list(i for i in range(3)))
print([[j for j in range(i)] for i in range(4)])
print((lambda x, y=3: x+y)(1), [lambda: i for i in range(3)][0]())
def outer():
    n = 0
    def inc():
        nonlocal n
        n += 1
        return n
    inc(); inc()
    return n, inc()
print(outer())
a = b = c = [1]
a[0] += 5
print(a, b is c)
a, (b, *c), d = 1, (2, 3, 4), 5
print(a,b,c,d)
a, b = b, a
print(a, b)
[*a], b = "xy", 2
print(a,b)
def g():
    x = 1; y = 2
    x, y = y, x + y
    return x, y
print(g())
d = {**{'a':1}, 'b':2, **{'c':3}}
print(d, [*range(3), 9, *"ab"], (*[1],2), {*[1,2],3})
print(f"{a!r:>10}|{b:03d}|{1+1=}|{{}}", f"{'x':{'>'}{5}}")
print(1 if a else 2, a and b, a or b, None or 0 or 'z', 1 and 0 and 5)
print([1,2,3,4,5][1:3], [1,2,3,4,5][::-1], "hello"[1:], "hello"[-1], (1,2,3)[0])
l=[1,2,3,4]; l[1:3]=[9]; print(l); del l[0]; print(l); del l[:1]; print(l)
print((y:=5), y, [z:=q for q in range(3)], z)
print(1 in [1,2], 3 not in (1,2), None is None, x is not None)
class A:
    k = 3
    lst = [i for i in range(k)] if 0 else [k]
    def __init__(self, v): self.v = v
    def m(self, *a): return self.v, a
    @property
    def p(self): return self.v*2
    @classmethod
    def c(cls): return cls.__name__
    @staticmethod
    def s(x): return x+1
class B(A):
    def __init__(self, v): super().__init__(v+1)
    def m(self): return super().m(1,2)
b=B(3); print(b.m(), b.p, B.c(), b.s(1), A.lst, B.__mro__[1] is A, B.__qualname__, B.m.__qualname__)
b.v += 10; b.w = b.v; print(b.w); del b.w; print(hasattr(b,'w'))
def gen(n):
    for i in range(n):
        r = yield i
        if r: print('got', r)
    return 'done'
def deleg():
    r = yield from gen(3)
    print('r', r)
    yield 99
print(list(deleg()))
g = gen(3); next(g); print(g.send('hi'))
def w():
    i=0
    while True:
        i+=1
        if i==2: continue
        if i>5: break
        yield i
    else: print('no')
print(list(w()))
i=0
while i<3: i+=1
else: print('else', i)
for i in []: pass
else: print('for else')
assert True, "no"
try:
    assert 0, "msg"
except AssertionError as e: print('AE', e)
print(max((i for i in range(5)), key=lambda v:-v))
def kw(*, a, b=1): return a,b
print(kw(a=3))
print("%s %d" % ("a", 5), "abc" "def")
global_var = 1
def setg():
    global global_var
    global_var = 7
setg(); print(global_var)
def delx():
    x=1
    del x
    try: x
    except UnboundLocalError as e: print(e)
delx()
try: undefined_name
except NameError as e: print(e)
def cl():
    def inner(): return zz
    try: inner()
    except NameError as e: print(e)
    zz=1
    return inner()
print(cl())
def dec(f): 
    def w(*a): return ('dec', f(*a))
    return w
@dec
@dec
def dd(x): return x
print(dd(1))
print([(x,y) for x in range(2) for y in [x*2]])
def big(a,b,c,d,e,f,g,h): return a+h
print(big(1,2,3,4,5,6,7,8), big(*range(8)))
print({1:2}[1], {'a':{'b':5}}['a']['b'])
x = 5
x -= 1; x *= 3; x //= 2; x **= 2; x %= 7; x <<= 3; x |= 1; x ^= 3; x &= 0xff; x >>= 1; print(x)
print(-x, +x, ~x, not x)
print(1j*2, 1e3, 0x10, 1_000, 10**20, -10**20, 2**100)
print(type(...), ..., NotImplemented)
print("a" < "b" < "c", 1 == 1.0, 1 != 2)
