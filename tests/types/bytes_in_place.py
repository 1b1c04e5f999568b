# Results of bytes and bytearray that are written in place: every length near the short constants, and a long one; one checksum for each kind and content.
import array
from zlib import crc32

sum_ = 0


def show(f):
    global sum_
    try:
        r = f()
    except Exception as e:
        r = str(e)
    sum_ = crc32(f"{type(r).__name__} {r!r}".encode(), sum_)


for cls in (bytes, bytearray):
    for data in (b'', b'a', b'ab', b'\tabc\tx', bytes(range(256)) * 5):
        s = cls(data)
        for items in ([],[b''],[b'x'],[b'x',bytearray(b'y')],[memoryview(b'abc')[::1],b''],[s,s],[1]):
            show(lambda: s.join(items))
        for n in (0,1,2,3):
            show(lambda: s*n)
            show(lambda: s+bytes(n))
            show(lambda: bytearray(n)+s)
        for a,b in ((b'a',b''),(b'a',b'bc'),(b'',b'-'),(b'ab',b''),(b'ab',b'x'),(b'\x05',b'long')):
            for c in (-1,0,1,2):
                show(lambda: s.replace(a,b,c))
        T = bytes(range(255,-1,-1))
        for d in (b'',b'a',b'ab',bytes(range(256)),bytes(range(1,256))):
            show(lambda: s.translate(T,d))
            show(lambda: s.translate(None,d))
            show(lambda: s.translate(None,delete=d))
            show(lambda: s.translate(T))
        for w in (0,1,2,3,7,2000):
            show(lambda: s.center(w))
            show(lambda: s.ljust(w,b'*'))
            show(lambda: s.rjust(w))
            show(lambda: s.zfill(w))
        for sl in (slice(None,None,2),slice(None,None,-1),slice(1,None,3),slice(None,None,-2),slice(5,2,2),slice(0,1,2),slice(0,2,2)):
            show(lambda: s[sl])
        show(lambda: bytearray(s))
        show(lambda: bytearray(memoryview(s)))
        show(lambda: bytearray(memoryview(s)[::2]))
        show(lambda: bytearray(list(s)))
        show(lambda: bytearray(iter(s)))
        show(s.upper)
        show(s.title)
        show(s.swapcase)
        show(s.capitalize)
        print(cls.__name__, len(data), sum_)
print(sum_)
m = memoryview(b'abc')
m.release()
show(lambda: bytearray(m))
show(lambda: bytearray(memoryview(array.array('i',[1,2]))))
show(lambda: bytearray([1,256]))
show(lambda: bytearray([1,'a']))

b = bytearray()
b.__init__(memoryview(b))
show(lambda: b)
print(sum_)
