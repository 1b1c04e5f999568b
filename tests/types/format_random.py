"""Numbers in random formats, by %, format() and bytes %: all of it as CPython has it."""
import random, struct, sys, hashlib
R=random.Random(int(11)); N=int(1200)
def val():
    k=R.randrange(8)
    if k==0: return struct.unpack("d",R.randbytes(8))[0]
    if k==1: return R.uniform(-1000,1000)
    if k==2: return round(R.uniform(-1000,1000),R.randrange(6))
    if k==3: return float(R.randrange(-10**6,10**6))/ (1<<R.randrange(12))
    if k==4: return 10.0**R.randrange(-330,309)*R.choice([1,1,9.9999999,5,.5,0.99999999999999])
    if k==5: return float(R.randrange(-10**18,10**18))
    if k==6: return R.choice([0.0,-0.0,float("inf"),-float("inf"),float("nan"),5e-324,2.2250738585072014e-308,1.7976931348623157e308,0.5,1.5,2.5,25.0,250.0,1e22,1e23,9.5,99.5,999999.5,9999995e0])
    return R.random()*2.0**R.randrange(-1074,1023)
def ival(): return R.choice([R.randrange(-300,300),R.randrange(-10**9,10**9),R.randrange(-2**63,2**63),R.randrange(-2**70,2**70)])
h=hashlib.md5(); bad=0
out=[]
for i in range(N):
    v=val(); p=R.choice(["",".%d"%R.randrange(0,25),".%d"%R.randrange(0,20)]); w=R.choice(["","%d"%R.randrange(0,30)]); t=R.choice("eEfFgG")
    fl=R.choice(["","-","+"," ","0","#","-0","0+"])
    f="%"+fl+w+p+t
    try: r=f%v
    except Exception as e: r=repr(e)
    out.append((f,v.hex(),r))
    try: r=f.encode()%v
    except Exception as e: r=repr(e)
    out.append((f,v.hex(),r))
    al=R.choice(["","","<",">","^","=","*<","0>","x^"]); s=R.choice(["","","+"," ","-"]); al2=R.choice(["","","0"]); g=R.choice(["","","",",","_"]); alt=R.choice(["","","#","z"])
    f=al+s+alt+al2+w+g+p+R.choice("eEfFgGn%")if R.random()<.8 else al+w+p+R.choice(["","e","f","g","G","%","E","F"])
    try: r=format(v,f)
    except Exception as e: r=repr(e)
    out.append((f,v.hex(),r))
    n=ival(); f=al+s+alt.replace("z","")+al2+w+g+R.choice(["","d","x","X","o","b","n","c","s"])
    try: r=format(n,f)
    except Exception as e: r=repr(e)
    out.append((f,n,r))
    f="%"+fl+w+R.choice(["","",p])+R.choice("dixXouscr")
    for a in (n,"ab",b"x",v,True):
        try: r=f%a
        except Exception as e: r=repr(e)
        out.append((f,a,r))
        try: r=f.encode()%a
        except Exception as e: r=repr(e)
        out.append((f,a,r))
    out.append((repr(v),round(v,R.randrange(-5,20)) if v==v and abs(v)!=float("inf") else 0, hex(n),oct(n),bin(n)))
print(hashlib.md5(repr(out).encode()).hexdigest())
