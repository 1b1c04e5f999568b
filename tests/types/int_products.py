# Products that grow by small factors: every reader sees the whole of them.
# SPDX-License-Identifier: MIT
import random, threading, pickle, copy, marshal
r=random.Random(3)
def prod(xs):
    t=1
    for x in xs: t*=x
    return t
def check(n):
    xs=[r.choice([1,-1,2,3,r.randint(-100,100) or 7,r.randint(-2**61,2**61),r.randint(-2**70,2**70)]) for _ in range(n)]
    t=1; ref=1
    looks=[lambda v:v+1-1,lambda v:-(-v),lambda v:(v<<3)>>3,lambda v:int(str(v)),lambda v:pickle.loads(pickle.dumps(v)),lambda v:marshal.loads(marshal.dumps(v)),
      lambda v:copy.copy(v),lambda v:divmod(v,12345)[0]*12345+divmod(v,12345)[1],lambda v:int.from_bytes(v.to_bytes(len(xs)*9+8,'big',signed=True),'big',signed=True),lambda v:v|0,lambda v:v^0,lambda v:int(hex(v),16),lambda v:~~v, lambda v:v**1, lambda v:v*1, lambda v:v]
    for x in xs:
        t*=x
        ref=ref*x if True else 0
        if r.random()<.1:
            u=t; k=r.choice(looks); assert k(u)==ref,(k(u),ref)
            assert u==t and hash(u)==hash(ref) and u.bit_length()==ref.bit_length()
            t*=3; ref=3*ref; assert u*3==t
            if r.random()<.3: t+=5; ref=ref+5
            if r.random()<.3: t-=2**80; ref=ref-2**80
            if r.random()<.1:
                res=[]; th=threading.Thread(target=lambda a:res.append(a*7),args=(t,)); th.start(); th.join(); assert res[0]==ref*7
    assert t==ref
for i in range(400): check(r.randint(1,120))
t=2**61; t*=-1; print(t, t==-2**61)
t=2**61; t*=1; print(t)
import math; t=1
for i in range(1,3000): t*=i
print(t==math.factorial(2999)); t*=0; print(t)
class A: pass
a=A(); a.t=1
for i in range(1,300): a.t*=i
print(a.t==math.factorial(299))
print(float(math.factorial(100)*1), "%d"%math.factorial(30))
t=1
for i in range(1,100): t*=i
print(t.to_bytes(70,'big').hex()[:20], float(t), t%97, t&255, t>>500, bool(t), f"{t:x}"[:10], [t][0]==t, {t:1}[t])
print("ok")
