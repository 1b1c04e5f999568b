"""Random patterns on random subjects."""
import re,random,sys,hashlib
R=random.Random(int(4)); out=[]
atoms=["a","b","ab","abc","[ab]","[^a]",".","\\w","\\d","\\s","(a)","(?:ab)","(a|b)","x","foo","\\n","é","[é-ü]","日","[^\\n]","A"]
q=["","","","*","+","?","*?","+?","{2}","{1,3}","{2,}","*+","?+"]
def pat():
    s="".join(R.choice(atoms)+R.choice(q) for _ in range(R.randrange(1,6)))
    return R.choice(["","^","\\b"])+s+R.choice(["","","$","\\b","(?=a)","(?!b)"])
def sub():
    al=R.choice(["ab","abcx \n","aaaaaaaaab","abcé ","ab日c","foo bar abc A1"])
    return "".join(R.choice(al) for _ in range(R.choice([0,1,3,10,30,100])))+R.choice(["","a"*20,"\n","foo"])
for i in range(int(500)):
    p=pat(); fl=R.choice([0,0,0,re.I,re.S,re.M,re.A])
    try: c=re.compile(p,fl)
    except re.error as e: out.append((p,str(e))); continue
    for _ in range(4):
        s=sub()
        out.append([c.match(s) and c.match(s).span(),c.search(s) and c.search(s).regs,c.fullmatch(s) is None,c.findall(s)[:50],c.sub("<\\g<0>>",s),c.split(s)[:20],[m.span() for m in c.finditer(s,2,R.randrange(0,40))]])
        try:
            cb=re.compile(p.encode("latin-1"),fl&~re.A); out.append([m.span() for m in cb.finditer(s.encode("latin-1"))])
        except (UnicodeError,re.error): pass
print(hashlib.md5(repr(out).encode()).hexdigest())
