"""itertools, tuples' order, isinstance and ints to and from text and bytes, on random operands."""
import itertools as it, random, hashlib, sys, math, operator
R=random.Random(int(5)); out=[]
def t(f):
    try: return f()
    except Exception as e: return repr(e)
class K:
    pass
for i in range(int(80)):
    n=R.choice([1,2,5,8,9,20])
    l=[R.choice([R.randrange(10),"ab",None,2.5,(1,2),2**70]) for _ in range(n)]
    m=[R.randrange(100) for _ in range(R.randrange(25))]
    r=R.randrange(0,5)
    for f in (lambda:list(it.islice(it.permutations(l,r),300)),lambda:list(it.islice(it.combinations(l,r),300)),lambda:list(it.islice(it.combinations_with_replacement(l,r),300)),lambda:list(it.islice(it.product(l,m),300)),lambda:list(it.islice(it.product(l,repeat=r),300)),
        lambda:[list(x) for x in it.islice(it.permutations(l,r),100)], lambda:[x[0] for x in it.islice(it.product(l,l),100)],
        lambda:list(it.zip_longest(l,m)),lambda:list(it.zip_longest(l,m,l[::-1],fillvalue=7)),lambda:[a for a,b in it.zip_longest(l,m)],lambda:list(it.zip_longest(*[m]*9)),
        lambda:list(it.accumulate(m)),lambda:list(it.accumulate(l)),lambda:list(it.accumulate(m,max)),lambda:list(it.accumulate([2**61,2**61,2**61,1])),lambda:list(zip(l,m)),lambda:list(enumerate(l,2**62-2)),
        lambda:list(it.pairwise(l)),lambda:list(map(abs,m)),lambda:list(map(len,l)),lambda:list(zip(l,m,l)),lambda:list(dict(enumerate(l)).items())):
        out.append(t(f))
    a=R.choice([R.randrange(-100,100),R.randrange(-2**63,2**63),R.randrange(-2**130,2**130),R.randrange(-2**62,2**62)])
    b=R.choice([R.randrange(-20,100),R.randrange(2**63)]); c=R.choice([R.randrange(-100,100),R.randrange(-2**62,2**62),R.randrange(2**130)])
    out.append([t(lambda:pow(a,b,c)),str(a),repr(-a),t(lambda:int(str(a))),hex(a),a.bit_count()])
    for ln in (0,1,2,3,4,7,8,9,16):
        for o in ("little","big"):
            for s in (True,False):
                bb=t(lambda:a.to_bytes(ln,o,signed=s)); out.append(bb)
                if isinstance(bb,bytes): out.append(int.from_bytes(bb,o,signed=s))
                out.append(int.from_bytes(bytes(R.randrange(256) for _ in range(ln)),o,signed=s))
    out.append([t(lambda:math.comb(abs(a)%200,abs(b)%70)),t(lambda:math.perm(abs(a)%100,abs(b)%30))])
    out.append(t(lambda:int("".join(R.choice("0123456789") for _ in range(R.randrange(1,45))))))
    out.append(t(lambda:int(R.choice(["","-","+"," "])+"_".join("".join(R.choice("0123456789") for _ in range(R.randrange(1,15))) for _ in range(3)))))
    x=[R.choice([1,2.5,"a","b",3,2.5,1.0,-1,2**65,float("nan"),None,(1,),"ab"]) for _ in range(R.randrange(4))]; y=[R.choice([1,2.5,"a","b",3,1.0,-1,2**65,None,(1,),"ab"]) for _ in range(R.randrange(4))]
    for op in (operator.lt,operator.le,operator.eq,operator.ne,operator.gt,operator.ge):
        out.append(t(lambda:op(tuple(x),tuple(y)))); out.append(t(lambda:op(tuple(x),tuple(x[:2]))))
    v=R.choice([1,"a",None,[],2.5,True]); out.append([t(lambda:isinstance(v,(int,str))),t(lambda:isinstance(v,(str,(int,list)))),t(lambda:isinstance(v,int|str)),t(lambda:isinstance(v,(str,5))),t(lambda:isinstance(v,(int,5))),t(lambda:isinstance(v,int|None)),t(lambda:isinstance(v,(str,list[int])))])
print(hashlib.md5(repr(out).encode()).hexdigest())
