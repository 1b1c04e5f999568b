# Formats, repr, UTF-8, split, replace, search: many random cases, compared by check sums with what CPython 3.13 gives.
# SPDX-License-Identifier: MIT
import random, sys
r=random.Random(7); out=[]
def P(x): out.append(x)
fl=[0.0,-0.0,0.5,1.5,2.5,0.125,0.375,1e15,1e16,-1e-5,123456789.987654321,2**53+0.0,2**53-1.0,1e22,5e-324,1e300,0.1,0.05,0.15,0.25,0.35,1.005,2.675,float('inf'),float('nan')]
for _ in range(300): fl.append(r.uniform(-10,10)*10**r.randint(-8,20))
for _ in range(60): fl.append(r.randint(-10**6,10**6)/2**r.randint(0,20))
for f in fl:
    p=r.randint(0,20); w=r.randint(0,20)
    for s in ('.%df'%p,'%d.%df'%(w,p),'0%d.%df'%(w,p),'<%d.%df'%(w,p),'*^%d.%df'%(w,p),'+.%df'%p,'.%de'%p,'.%dg'%(p),',.%df'%p,'f','%d'%w,'.%d%%'%p):
        try: P(format(f,s))
        except Exception as e: P(repr(e))
    P('%.*f'%(p,f)); P('%5.1f|%-9.2f|%+08.3f|% .2f'%(f,f,f,f))
    try: P(repr(round(f,p))); P(repr(round(f,-p)))
    except Exception as e: P(repr(e))
for _ in range(300):
    n=r.randint(-10**r.randint(1,25),10**r.randint(1,25)); w=r.randint(0,30)
    for s in ('d','%d'%w,'0%d'%w,'<%d'%w,'^%dd'%w,'x^%dd'%w,'>%dd'%w,'x','08x','#x',',','b','+','=%d'%w,'0','=0','5.2f','c'):
        try: P(format(n,s))
        except Exception as e: P(repr(e))
    P('%d %s %5d %-5d %05d %+d %x %r'%((n,)*8)); P(str(n)); P(f'{n}|{n!r:>30}')
    try: P('%d'%(n,n))
    except Exception as e: P(repr(e))
for _ in range(300):
    k=r.randint(0,12)
    s=''.join(r.choice('ab\'"\\\n\t\x7f xyz'+('é\xa0'if r.random()<.3 else '')+('€'if r.random()<.2 else '')+('😀'if r.random()<.1 else '')) for _ in range(k)); w=r.randint(0,15)
    P(ascii(repr(s)));
    for f in ('%d'%w,'<%d'%w,'>%ds'%w,'*^%d'%w,'.%d'%(w//2),'%d.3'%w,'05','s','','=5'):
        try: P(ascii(format(s,f)))
        except Exception as e: P(repr(e))
    P(ascii('%s|%5s|%.2s|%r'%(s,s,s,s))); P(repr(s.encode())); P(ascii(s.encode().decode()))
    b=bytes(r.choice([65,0xc3,0xa9,0xe2,0x82,0xac,0xf0,0x9f,0x98,0x80,0xff,0xed,0xa0]) for _ in range(r.randint(0,8)))
    for e in ('strict','replace','ignore','surrogateescape','backslashreplace'):
        try: P(ascii(b.decode('utf-8',e)))
        except Exception as x: P(repr(x))
    t=''.join(r.choice('a,b ') for _ in range(r.randint(0,40)))
    a=''.join(r.choice('a,b ') for _ in range(r.randint(0,3))); c=r.choice(['','x','a,','é','€','long one'])
    n=r.randint(-1,4)
    P(ascii(t.replace(a,c))); P(ascii(t.replace(a,c,n))); P(t.split()); P(t.split(None,n)); 
    if a: P(t.split(a)); P(t.split(a,n)); P(t.partition(a)); P(t.rpartition(a)); P(t.rsplit(a,n))
    P(t.find(a)); P(t.count(a)); P(t.rfind(a)); P(t.find(a,3,-2)); P(a in t); P(t.encode().find(a.encode())); P(t.encode().count(a.encode()))
    P(ascii(c.join(t.split()))); P(ascii(t.replace(',','\n').replace('b','\r\x0b\x1c\x85').splitlines())); P(ascii((s+'\n'+s).splitlines(True)))
    P(ascii((s+'é').replace('a','b'))); P(ascii((s+'é').replace('é','b'))); P(ascii((s+'é').replace('b','é'))); P((s+'é').isascii(), ) if 0 else None
    P(((s+'é').replace('é','b')).isascii())
big=''.join(r.choice('ab') for _ in range(5000))
for _ in range(300):
    i=r.randint(0,4900); n=big[i:i+r.randint(1,40)]; P(big.find(n)); P(big.count(n)); P(hash(big.replace(n,'<>'))==hash(big.replace(n,'<>'))); P(len(big.replace(n,'<>')));
    import zlib; P(zlib.crc32(big.replace(n,'q'*r.randint(0,5)).encode()))
    m='a'*200+'b'; P(('a'*3000+'b').find(m)); P(len(('a'*3000+'b')*3) - len((('a'*3000+'b')*3).replace(m,'')))
import zlib
step=len(out)//40
for i in range(0,len(out),step): print(i, zlib.crc32(repr(out[i:i+step]).encode()))
