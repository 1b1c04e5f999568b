# A little of everything, for allocations that fail (tests/oom/sweep).
def work():
    class A:
        x = 1
        def f(self, a, *b, **c): return [a, b, c]
    a = A()
    a.y = 2
    d = {i: str(i) for i in range(30)}
    s = set(d); s |= {1.5, 'a'}
    l = sorted([A().f(i) for i in range(5)], key=lambda x: -x[0])
    def g():
        try:
            yield from range(5)
        finally:
            pass
    list(g())
    try:
        {}['x']
    except KeyError as e:
        repr(e), e.__traceback__.tb_frame.f_locals
    'a,b,c'.split(','), '%s %r %d' % (1, 2, 3), f'{a.y:>10} {d}', '{} {x}'.format(1, x=2)
    10**40 * 3 // 7, str(10**50), float('1.5'), complex(1, 2)
    exec(compile('x = [i for i in range(3)]\ndef f(a): return lambda: a\nf(1)()', 'f', 'exec'), {})
    b'abc'.decode(), 'abc'.encode('utf-16'), bytearray(10) + b'a', memoryview(b'abc')[1:].tolist()
    isinstance(a, (int, str)), super(A, a).__init__()
    type('B', (A,), {'__slots__': ('q',)})().q if 0 else None
for k in range(2):
    try:
        work()
    except MemoryError:
        pass
