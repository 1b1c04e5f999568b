# str.encode() works on four characters at a time: every mixture, length and error handler gives what CPython gives (one digest of all).
import random
r=random.Random(5)
def mk(n,al): return ''.join(r.choice(al) for _ in range(n))
import hashlib
h=hashlib.sha256()
for al in ('abc\u4e2d','abc\xe9','a\u07ff\u0800\uffff','ab\U0001F600\u4e2d','aaaaaaaa\u4e2d','a\ud800\u4e2d'):
    for n in (0,1,2,3,4,5,7,8,9,299,300,301,302,303,1000,5001):
        s=mk(n,al)
        for e in ('strict','surrogatepass','ignore','replace','surrogateescape','backslashreplace'):
            try: x=s.encode('utf-8',e)
            except UnicodeEncodeError as q: x=repr((q.start,q.end,q.reason)).encode()
            h.update(x)
            if e=='surrogatepass': assert x.decode('utf8',e)==s
print(h.hexdigest())
class S(str): pass
s='x'*5
print(('%s'%s) is s, ('%s'%(s,)) is s, type('%s'%S('a')), '%s'%(('a','b'),), '%s'%{'a':1})
try: '%s'%('a','b')
except TypeError as e: print(e)
