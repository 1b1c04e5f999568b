# Slices whose step is as long as a number can be: no arithmetic goes beyond the last item.
M=2**63-1
for s in (M,-M,M-1,-M-1,2**62,-2**62):
    for x in ([1,2,3],(1,2,3),b'abc',bytearray(b'abc'),'abc','aé\u20ac','ab\U0001f600',range(5),memoryview(b'abc')):
        for a in (None,0,1,2,-1,M,-M):
            for b in (None,0,2,M,-M-1):
                y=x[a:b:s]; bytes(y) if isinstance(y,memoryview) else y
    import array,collections
    for mk in (lambda:[1,2,3,4],lambda:bytearray(b'abcd'),lambda:array.array('i',[1,2,3,4]),):
        for a in (None,1,2,-1):
            x=mk(); del x[a::s]
            x=mk(); y=x[a::s]; x[a::s]=y
            x=mk(); v=x[a::s]
    m=memoryview(bytearray(b'abc')); m[1::s]=b'x'
    import mmap; z=mmap.mmap(-1,10); z[2::s]; z[2::s]=z[2::s]
    import ctypes; c=(ctypes.c_int*4)(); c[2::s]; p=ctypes.cast(c,ctypes.POINTER(ctypes.c_int)); p[1:2:s]
    range(5)[1::s]; 'x'[::s]
