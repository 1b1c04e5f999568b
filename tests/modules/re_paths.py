# Random patterns on random texts, compared by check sums with what CPython 3.13 finds.
# SPDX-License-Identifier: MIT
import re,random,warnings
warnings.simplefilter('ignore')
r=random.Random(9)
atoms=['a','b','.','\\w','\\d','\\s','\\W','[a-c]','[^a]','[\\w-]','é','(a|b)','(?:ab|ac)','(b)?','\\b','^','$','(?=a)','(?!b)','(?<=a)','(a+)','(?P<n>b*)','[A-Z]','[^\\d\\s]']
q=['','','','*','+','?','{1,3}','*?','+?','??','*+','++','{2}']
out=[]
for i in range(500):
    p=''.join(r.choice(atoms)+r.choice(q) for _ in range(r.randint(1,6)))
    fl=r.choice([0,0,re.I,re.M,re.A,re.S])
    try: c=re.compile(p,fl)
    except re.error as e: continue
    for _ in range(3):
        s=''.join(r.choice('abcABC 1_é\n'+('€'if r.random()<.2 else 'a')) for _ in range(r.randint(0,30)))
        out.append(ascii((p,s,[m.span() for m in c.finditer(s)],c.findall(s),c.sub('<\\g<0>>',s) ,c.split(s),(lambda m:m and (m.span(),m.groups(),m.lastindex))(c.match(s)),(lambda m:m and m.groups())(c.search(s,2)),(lambda m:m and m.groups())(c.fullmatch(s)))))
    try:
        cb=re.compile(p.encode('latin-1'),fl&~re.A); out.append((p,cb.findall(b'abcab 12 ABC\xe9aab')))
    except Exception as e: out.append(type(e).__name__)
import zlib
step=len(out)//40
for i in range(0,len(out),step): print(i, zlib.crc32(repr(out[i:i+step]).encode()))
