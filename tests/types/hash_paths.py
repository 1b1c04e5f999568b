# Sets, dicts and OrderedDicts with keys of all kinds, Python's __eq__ among them: random cases, compared by check sums with what CPython 3.13 gives.
# SPDX-License-Identifier: MIT
import random
from collections import OrderedDict, deque
r=random.Random(5)
class K:
    def __init__(s,v): s.v=v
    def __hash__(s): return hash(s.v)
    def __eq__(s,o): return s.v==(o.v if isinstance(o,K) else o)
    def __repr__(s): return "K%r"%s.v
def val(): 
    x=r.random(); n=r.randint(0,40)
    return n if x<.4 else str(n) if x<.6 else float(n) if x<.75 else (n,n) if x<.85 else K(n)
out=[]
def norm(s): return sorted(map(repr,s))
for it in range(250):
    a=[val() for _ in range(r.randint(0,60))]; b=[val() for _ in range(r.randint(0,60))]
    A=set(a); B=set(b); F=frozenset(b)
    for op in ('|','&','-','^'):
        out.append((op,norm(eval(f'A{op}B')),norm(eval(f'A{op}F')),norm(eval(f'F{op}A')) ))
    out.append((A<=B,A<B,A>=B,A==B,A.isdisjoint(B),A<=A|B,len(A|B)))
    C=A.copy(); C.update(B); C.difference_update(F); out.append(norm(C)); C^=A; out.append(norm(C)); C&=B; out.append(norm(C)); C-=A; out.append(norm(C))
    for x in b:
        if x in A: A.discard(x)
        else: A.add(x)
    out.append(norm(A)); out.append(norm(A.copy())); out.append(norm(set(A)|set()))
    D={x:i for i,x in enumerate(a)}; E={x:i for i,x in enumerate(b)}
    out.append((D==E, D==dict(D), sorted(map(repr,(D|E).items())), len({**D,**E})))
    D2=D.copy(); D2.update(E); 
    for x in a[:10]:
        D2.pop(x,None)
    D2.update(D); out.append([repr(x) for x in D2.items()]); out.append(repr(dict.fromkeys(a,1))); out.append(D2==dict(D2))
    O=OrderedDict((x,i) for i,x in enumerate(a))
    for _ in range(30):
        if not O: break
        k=r.choice(list(O)); c=r.random()
        if c<.4: O.move_to_end(k,last=False)
        elif c<.6: O.move_to_end(k)
        elif c<.7: del O[k]
        elif c<.8: O.popitem(last=r.random()<.5)
        elif c<.9: O[val()]=1
        else: O.copy()
    out.append(repr(list(O.items()))); out.append(repr(list(reversed(O)))); out.append(len(O))
    for k in list(O): assert k in O; O[k]
    ints=set(r.randint(-50,200) for _ in range(r.randint(0,80))); out.append(list(ints)); out.append(list(ints|set(range(5)))); out.append(list(ints&set(range(100)))); out.append(list(ints-{1,2,3})); out.append(list(ints.copy())); out.append(list(frozenset(ints)))
    l=[r.randint(0,9) for _ in range(r.randint(0,20))]; out.append((l*r.randint(0,4),l[2:9],l[::2],max(l,default=0),min(l,default=0),sum(l),hash(tuple(l)),max([1.5]+l),min(*(l+[3,4])), max(l,key=lambda x:-x,default=9)))
    s=r.choice(['','-','+',' '])+''.join(r.choice('0123456789_x ') if r.random()<.1 else r.choice('0123456789') for _ in range(r.randint(0,25)))
    try: out.append(int(s))
    except ValueError as e: out.append(str(e))
import zlib
step=len(out)//40
for i in range(0,len(out),step): print(i, zlib.crc32(repr(out[i:i+step]).encode()))
