# _hashlib: OpenSSL's hashes, HMAC, PBKDF2, scrypt.
import hashlib,hmac,_hashlib,random
print(hashlib.sha256(b'abc').hexdigest(), hashlib.new('sha512_256',b'a').hexdigest(), hmac.new(b'k',b'm','sha256').hexdigest(), hashlib.pbkdf2_hmac('sha256',b'p',b's',1000).hex(), hashlib.scrypt(b'p',salt=b's',n=16,r=8,p=1).hex())
def tr(f):
    try: print(f())
    except BaseException as e: print(type(e).__mro__[:3],e)
x=_hashlib.new('shake_128');h=_hashlib.new('md5', b'abc')
for a in [('md5',b'a',b'b',0),('md5',b'a',b'b',1,0),('md5','a',b'b',1),('foo',b'a',b'b',1),('md5',b'a',b'b',1<<40),('md5',b'a',b'b',1,1<<40)]: tr(lambda:_hashlib.pbkdf2_hmac(*a))
for k in [dict(salt=b'a',n=2,r=1,p=1),dict(salt=b'a',n=3,r=1,p=1),dict(salt=b'a',n=2,r=1),dict(n=2,r=1,p=1),dict(salt=b'a',n=2,r=1,p=1,maxmem=-1),dict(salt=b'a',n=2,r=1,p=1,dklen=0),dict(salt=b'a',n=1<<20,r=8,p=1),dict(salt='a',n=2,r=1,p=1), dict(salt=b'a',n=2,r=-1,p=1)]: tr(lambda:_hashlib.scrypt(b'x',**k))
tr(lambda: _hashlib.compare_digest('a','a')); tr(lambda: _hashlib.hmac_digest(b'k',b'm','sha1')); tr(lambda:_hashlib.new('md5','a'));tr(lambda:_hashlib.new('md5',3)); tr(lambda:x.digest(-1)); tr(lambda:x.digest())
tr(lambda:_hashlib.openssl_md5(string=b'',data=b'')); tr(lambda:_hashlib.new('md5',b'',string=b''))
tr(lambda:h.copy().hexdigest()); print(x.name, x.digest_size, x.block_size, x.hexdigest(5), repr(h)[:20], h.digest_size)
tr(lambda:_hashlib.new('foo')); tr(lambda:_hashlib.new(3)); tr(lambda:_hashlib.HASH()); m=_hashlib.hmac_new(b'k',b'm','md5'); print(m.name, m.digest_size, m.block_size, m.copy().hexdigest(), repr(m)[:18])
tr(lambda:_hashlib.hmac_new(b'k')); tr(lambda:_hashlib.hmac_new(b'k',digestmod='foo')); tr(lambda:_hashlib.hmac_new(b'k',digestmod=3)); tr(lambda:_hashlib.hmac_new('k',digestmod='md5')); tr(lambda:_hashlib.hmac_new(b'k',digestmod=_hashlib.openssl_sha1).name)
import threading
big=bytes(300000); out=[]
def w():
    for _ in range(20): out.append(hashlib.sha256(big).hexdigest())
shared=hashlib.sha1()
def u():
    for _ in range(200): shared.update(b'x'*3000)
ts=[threading.Thread(target=f) for f in (w,u)*3]; [t.start() for t in ts]; [t.join() for t in ts]
print(len(set(out)), shared.hexdigest()==hashlib.sha1(b'x'*3000*600).hexdigest())
import zlib,bz2,lzma
def rt(m):
    d=bytes(range(256))*2000
    for _ in range(3): assert m.decompress(m.compress(d))==d
ts=[threading.Thread(target=rt,args=(m,)) for m in (zlib,bz2,lzma)*2]; [t.start() for t in ts]; [t.join() for t in ts]
c=zlib.compressobj(); d=zlib.decompressobj(); s=c.compress(b'abc'*1000)+c.copy().flush(); print(d.decompress(s+b'tail', 10), len(d.unconsumed_tail)>0, len(d.decompress(d.unconsumed_tail)), d.unused_data, d.eof)
