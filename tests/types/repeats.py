# bytes, bytearray and str times a number: every way of filling.
for n in (0,1,2,3,7,100,65535,65537,200001):
    for u in (b'', b'a', b'ab', b'abc', b'x'*1000+b'y', bytes(range(256))*600):
        if len(u)*n > 4e6: continue
        r = u*n
        assert len(r)==len(u)*n and r.count(u)>=n if u else r==b''
        assert bytearray(u)*n == r and type(bytearray(u)*n) is bytearray
        assert r == b''.join([u]*n)
        s = u.decode('latin-1')
        assert s*n == r.decode('latin-1')
        s2 = s.replace('a','\u1234')
        assert s2*n == ''.join([s2]*n)
print('ok')  # expect: ok
