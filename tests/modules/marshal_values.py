# marshal: what is written is read again; damaged data is refused, never worse.
import marshal
for v in [0,1,-1,2**31,-2**31,2**31-1,2**62,2**100,-2**100,1.5,0.0,-0.0,1e300,float('inf'),1j,'abc','é','\u4e2d','\U0001f600','\ud800',b'xyz',(),(1,2),[1,[2]],{1:2,'a':None},{1,2},frozenset([1,'a']),None,True,False,...,StopIteration, 'x'*300, tuple(range(300))]:
    for ver in range(5):
        r = marshal.loads(marshal.dumps(v, ver))
        assert r == v and type(r) is type(v), (v, r, ver)
l=[]; l.append(l)
r = marshal.loads(marshal.dumps(l, 4)); assert r[0] is r
for bad in [b'', b'i', b'(\xff\xff\xff\x7f', b'[\x01\x00\x00\x00', b'r\x00\x00\x00\x00', b'l\xff\xff\xff\x7f', b'?', b'0', b'c', b'<\xff\xff\xff\xff', b'{iii', b'u\x03\x00\x00\x00\xff\xff\xff', ]:
    try: marshal.loads(bad); print(bad, 'read')
    except (ValueError, EOFError, TypeError) as e: pass
x = []
for i in range(3000): x = [x]
try: marshal.dumps(x)
except ValueError as e: pass
d = marshal.dumps(compile("def f(a):\n  return [x for x in a]", "f", "exec"))
bads = 0
for i in range(len(d)):
    for v in (0, 255, d[i]^1, d[i]^0x80):
        m = d[:i] + bytes([v]) + d[i+1:]
        try: marshal.loads(m)
        except (ValueError, EOFError, TypeError, MemoryError) : bads += 1
assert bads
class C: pass
for v in [C(), object, print, range(3)]:
    try: marshal.dumps(v)
    except ValueError as e: pass
assert marshal.loads(b'[\x02\x00\x00\x00\xe9\x05\x00\x00\x00r\x00\x00\x00\x00') == [5, 5]
