# ctypes: callbacks from OS threads that Python did not start; calls and callbacks in parallel; one structure written by many threads.
import ctypes, threading, time, gc
# callback from a foreign OS thread
libc=ctypes.CDLL(None)
pthread_t=ctypes.c_ulong
FN=ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
out=[]
class A: pass
@FN
def start(arg):
    a=A(); a.x=[arg]; out.append((arg, len(a.x)))
    return None
for k in range(20):
    tid=pthread_t(); assert libc.pthread_create(ctypes.byref(tid),None,start,ctypes.c_void_p(k+1))==0
    libc.pthread_join(tid,None)
print(len(out), sorted(out)[:3])
# many at once
tids=[]
for k in range(8):
    tid=pthread_t(); libc.pthread_create(ctypes.byref(tid),None,start,ctypes.c_void_p(100+k)); tids.append(tid)
for tid in tids: libc.pthread_join(tid,None)
print(len(out))
# threads call into C and call back
CMP=ctypes.CFUNCTYPE(ctypes.c_int,ctypes.POINTER(ctypes.c_int),ctypes.POINTER(ctypes.c_int))
cb=CMP(lambda a,b:a[0]-b[0])
libc.qsort.restype=None
def work(seed):
    for n in range(60):
        x=(ctypes.c_int*20)(*[(i*7+seed)%20 for i in range(20)])
        libc.qsort(x,20,4,cb); assert list(x)==sorted(x)
ts=[threading.Thread(target=work,args=(i,)) for i in range(4)]
[t.start() for t in ts];[t.join() for t in ts]
class S(ctypes.Structure): _fields_=[('p',ctypes.c_char_p),('n',ctypes.c_int)]
sh=S()
def w2(i):
    for n in range(2000): sh.p=b'x%d'%n; sh.n=n; sh.p
ts=[threading.Thread(target=w2,args=(i,)) for i in range(4)]
[t.start() for t in ts];[t.join() for t in ts]
gc.collect(); print('done', len(sh.p)>1)
t0=time.time()
ts=[threading.Thread(target=libc.usleep,args=(500000,)) for i in range(4)]
[t.start() for t in ts];[t.join() for t in ts]
print(time.time()-t0<1.6)
