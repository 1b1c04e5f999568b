# args: -W ignore
import array
def e(f):
    try: print(repr(f()))
    except BaseException as x: print(type(x).__name__, x)
A=array.array
big=1<<70
for c in 'bBhHiIlLqQfd':
    print(c, end=' '); 
    for v in (big,-big,-1,'a',1.5,None,300,1<<31,1<<32, 1<<63):
        e(lambda: A(c,[v])[0])
for c in 'uw':
    for v in ('ab','',1,b'x',None):
        e(lambda: A(c,[v]))
        a=A(c,'xyz')
        e(lambda: a.__setitem__(0,v)); 
a=A('i',[1,2,3])
for f in [lambda:A(), lambda:A('x'), lambda:A('xx'), lambda:A(1), lambda:A('i','abc'), lambda:A('i',A('w','a')), lambda:A('w',A('i',[1])), lambda:A('i',b'abc'), lambda:A('i',1), lambda:A('i',[1],2), lambda:A('i',a=2), lambda:A(typecode='i'),
 lambda:a[5], lambda:a.__setitem__(5,1), lambda:a.__delitem__(5), lambda:a['x'], lambda:a.__setitem__('x',1), lambda:a.__setitem__(slice(0,1),[1]),lambda:a.__setitem__(slice(0,1),A('b')),lambda:a.__setitem__(slice(0,3,2),A('i')),
 lambda:a+[1], lambda:a+A('b'), lambda:a.__iadd__([1]), lambda:a.__iadd__(A('b')), lambda:a.extend(A('b',[1])), lambda:a.extend(1),lambda:a.extend(['a']), lambda:a.fromlist(1), lambda:a.fromlist(['a']), lambda:a.frombytes(b'abc'),lambda:a.frombytes('abc'), lambda:a.fromfile(1,1),
 lambda:a.fromunicode('a'), lambda:a.tounicode(), lambda:a.index(99), lambda:a.index(1,1), lambda:a.remove(99), lambda:a.pop(44), lambda:A('i').pop(), lambda:a.byteswap(), lambda:A('w','a').byteswap(),lambda:a.pop('x'),
 lambda:a.__reduce_ex__(2), lambda:a.__reduce_ex__(3), lambda:a.__reduce_ex__(4),lambda:A('w','aé').__reduce_ex__(4),lambda:A('w','aé').__reduce_ex__(2), lambda: A('d',[1.0]), lambda:A('u','ab'), lambda:A('w'), lambda:A('q'), lambda:a*'x', lambda:a*-1, lambda:iter(a).__reduce__(), lambda:array._array_reconstructor, lambda:array._array_reconstructor(1,'i',1,b''), lambda:array._array_reconstructor(A,'i',99,b''),lambda:array._array_reconstructor(A,'i',1,'a'),lambda:array._array_reconstructor(A,'z',1,b''),lambda:array._array_reconstructor(A,'ii',1,b''), lambda:array._array_reconstructor(int,'i',1,b''),lambda:array._array_reconstructor(A,'i',8,b'abc'),lambda:array._array_reconstructor(A,'I',3,b'abcd'), lambda:A[int], lambda: A('i',[1])<1, lambda:hash(a), lambda:a.insert(1), lambda:a.append(), lambda:a.append('x'), lambda:a.insert(0,'x'), lambda:'x' in a, lambda: 1.0 in a, lambda:a.count('x'), lambda:a.buffer_info()[1], lambda:A('w','a').fromunicode(1), lambda:a.tofile(1), lambda:A('i').__class__, lambda:A('f',[1e300]),lambda:A('u',A('w','a')), lambda:A('w',A('u','a')),lambda:A('i',A('d',[1.0])),lambda:A('i',bytearray(b'abcd')),lambda:A('i',range(3)), lambda:memoryview(A('w','a')).format,lambda:memoryview(A('u','a')).format, lambda:memoryview(A('l')).format, lambda:A('H',[-1]), lambda:A('B',[256]), lambda:a[::2],lambda:A('i',"\n"), lambda:A.append(1), lambda: A('L',[1.5]), lambda:A('Q',['a']),lambda:a.fromfile(open('/dev/null','rb'),1), lambda:a.fromfile(open('/dev/null','rb'),-1),lambda:a.__reduce_ex__('x'), lambda:A('i',[1]).__deepcopy__(1), lambda:a.__copy__(1)]:
    e(f)
m=memoryview(a)
for f in [lambda:a.append(1), lambda:a.pop(), lambda:a.__delitem__(0), lambda:a.clear(), lambda:a.extend([1]), lambda:a.frombytes(b'abcd'), lambda: a.__imul__(2), lambda:a.__setitem__(slice(0,0),A('i',[1])), lambda:a.byteswap(), lambda: a.__setitem__(slice(None),a), lambda:a.remove(2)]: e(f)
