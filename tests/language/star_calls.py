# Calls with *args and **kwargs.
def f(a,b=2,*c,**k): return a,b,c,k
def g(*a): return f(*a)
def w(fn):
    def inner(*a,**k): return fn(*a,**k)
    return inner
h=w(f)
print(g(1),g(1,2,3),h(1),h(1,b=3),h(1,2,3,z=1))
def gen(): yield f(*(1,2)); yield g(*range(3))
print(list(gen()))
class A:
    def __init__(s,*a): s.a=a
print(A(*(1,2)).a, A(*[]).a)
try: g()
except TypeError as e: print(e)
def rec(n): return 0 if n==0 else 1+rec(*(n-1,))
print(rec(600))
