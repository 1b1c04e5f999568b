# ctypes: simple values, structures, arrays, callbacks, pointers, strings; multiprocessing.Value and Array.
from ctypes import *
print(c_int(5), sizeof(c_int), c_int*3)
class P(Structure): _fields_=[('x',c_int),('y',c_double),('s',c_char*5)]
p=P(1,2.5,b'abc'); print(p.x,p.y,p.s, P.x, P.s, sizeof(P), memoryview(p).format)
a=(c_int*4)(1,2,3); print(list(a), a[1:3], a._objects)
libc=CDLL(None); print(libc.strlen(b'hello'), libc.abs(-4))
libc.qsort.restype=None
CMP=CFUNCTYPE(c_int,POINTER(c_int),POINTER(c_int))
def cmp(a,b): return a[0]-b[0]
x=(c_int*5)(5,3,1,4,2); libc.qsort(x,5,sizeof(c_int),CMP(cmp)); print(list(x))
print(string_at(b'abc'), cast(b'zzz',c_char_p).value)
q=pointer(c_int(4)); print(q.contents, q[0]); q[0]=9; print(q.contents)
b=create_string_buffer(b'abc',10); print(b.raw,b.value); print(create_unicode_buffer('héé').value)
import multiprocessing
v=multiprocessing.Value('i',3); v.value+=1; print(v.value); ar=multiprocessing.Array('d',[1,2,3]); print(ar[:])
