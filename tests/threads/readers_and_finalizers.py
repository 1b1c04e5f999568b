# Readers of list items, dict values, class attributes and closure cells never get an object whose __del__ has run, while others replace it and collections run. threads.md 18
import threading, gc
class F:
    closed = False
    def __init__(self): self.closed = False; self.v = [1,2]
    def __del__(self): self.closed = True
L=[F()]; D={'k':F()}; 
class C: attr = F()
cell=F()
def mk():
    c = F()
    def get(): return c
    def put():
        nonlocal c
        c = F()
    return get, put
get, put = mk()
bad=[]
stop=False
def reader():
    for i in range(20000):
        x=L[0]
        if x is not None and x.closed: bad.append(1)
        y=D.get('k')
        if y is not None and y.closed: bad.append(2)
        z=C.attr
        if z.closed: bad.append(3)
        w=get()
        if w.closed: bad.append(4)
        len(x.v) if x else 0
def writer():
    for i in range(20000):
        L[0]=F(); D['k']=F(); C.attr=F(); put()
        if i%100==0: D.pop('k',None); D['k']=F()
lst=[]; dd={}; ss=set()
def mutate(n):
    for i in range(5000):
        lst.append(i); dd[(n,i)]=i; ss.add(i)
        if i%3==0 and lst: 
            try: lst.pop()
            except IndexError: pass
        dd.pop((n,i-10),None)
        if i%50==0: list(dd), list(lst), len(ss), [x for x in lst][:2]
ts=[threading.Thread(target=f) for f in (reader,reader,writer,writer)]+[threading.Thread(target=mutate,args=(n,)) for n in range(3)]
for t in ts: t.start()
for i in range(5): gc.collect()
for t in ts: t.join()
print('bad', len(bad), len(ss))
