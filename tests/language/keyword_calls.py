# Calls by keyword and with defaults, in place and through the general way.
def f(a,b=2,*,c=3,d): return (a,b,c,d)
def g(a,b=2,c=4): return a,b,c
def h(x,/,y): return x,y
for i in range(3):
    print(f(1,d=4),f(1,2,c=5,d=6),f(b=1,a=2,d=0),g(1),g(1,c=9),g(c=1,a=3),h(1,y=2))
for e in ["f(1)","f()","f(1,2,3,d=4)","f(1,a=2,d=3)","g()","g(1,2,3,4)","g(1,zz=3)","h(x=1,y=2)","h(1)","g(1,a=2)","f(1,d=1,d2=3)"]:
    try: print(eval(e))
    except TypeError as x: print(e,x)
def gen():
    yield g(1,c=2); yield f(5,d=g(2,b=1)); yield g(*(1,2),c=5)
print(list(gen()))
class A:
    def __init__(self,x,y=3,*,z=1): self.v=(x,y,z)
print(A(1).v,A(1,y=2).v,A(x=1,z=5).v)
def rec(n,acc=0): return acc if n==0 else rec(n-1,acc=acc+n)
print(rec(500))
try: rec(10**6)
except RecursionError as e: print(e)
