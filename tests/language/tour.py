# language smoke
def outer():
    x = 10
    def inner():
        nonlocal x
        x += 1
        return x
    return inner
f = outer(); print(f(), f())
class Base:
    z = 5
    def __init__(self, a): self.a = a
    def __repr__(self): return f'Base({self.a!r})'
    @property
    def p(self): return self.a + 1
    @classmethod
    def c(cls): return cls.__name__
    @staticmethod
    def s(x): return x
class D(Base):
    def __init__(self, a, b=2): super().__init__(a); self.b = b
    def __eq__(self, o): return self.a == o.a
    __hash__ = None
d = D(1); print(d, d.p, D.c(), D.s(3), d.b, d == D(1), d.z)
try:
    try: raise ValueError('x')
    finally: print('fin')
except ValueError as e: print('caught', e, type(e).__name__)
def g():
    try:
        x = yield 1
        print('got', x)
        yield from [2, 3]
        return 'r'
    finally: print('gen fin')
it = g(); print(next(it), it.send('s'), next(it))
try: next(it)
except StopIteration as e: print('stop', e.value)
class CM:
    def __enter__(self): print('enter'); return self
    def __exit__(self, *a): print('exit', a[0]); return True
with CM() as c: raise KeyError('k')
def args(a, b, /, c, *r, d, e=5, **k): return (a, b, c, r, d, e, k)
print(args(1, 2, 3, 4, d=6, z=7), args(*[1,2], **{'c':3,'d':4}))
for i in range(3):
    if i == 5: break
else: print('else')
print({k: v for k, v in zip('abc', range(3))}, {x % 2 for x in range(5)}, [i for i in range(10) if i % 3 == 0])
a, *b, c2 = range(5); print(a, b, c2)
match {'k': [1, 2, (3, 4)]}:
    case {'k': [x, *rest]}: print('match', x, rest)
match d:
    case Base(a=q): print('cls', q)
print(f'{3.14159:.2f} {10:>5} {"s"!r:^7} {d=}')
print(1 < 2 < 3, not 1, 1 if 0 else 2, 5 // 2, -5 // 2, -5 % 3, 2 ** 100, 7 / 2)
lst = [3, 1, 2]; lst.sort(); print(lst, sorted(lst, reverse=True), lst[::-1], lst[1:])
s = 'hello world'; print(s.upper(), s.split(), s.find('wor'), s[2:5], s.replace('l', 'L'), '-'.join(['a', 'b']))
lam = lambda x, y=2: x * y; print(lam(4))
global_x = 1
def mod():
    global global_x
    global_x += 1
mod(); print(global_x)
async def co():
    return 42
cc = co()
try: cc.send(None)
except StopIteration as e: print('coro', e.value)
async def ag():
    yield 1
    yield 2
async def use():
    return [x async for x in ag()]
try: use().send(None)
except StopIteration as e: print('agen', e.value)
print([*range(3), *'ab'], {**{'a': 1}, 'b': 2})
try: undefined
except NameError as e: print(e)
try: d.nope
except AttributeError as e: print(e)
try: [] + 1
except TypeError as e: print(e)
try: args(1)
except TypeError as e: print(e)
def deco(f):
    def w(*a, **k): return ('w', f(*a, **k))
    return w
@deco
def h(x): return x
print(h(1))
class M(type):
    def __new__(m, n, b, ns): ns['added'] = 1; return super().__new__(m, n, b, ns)
class WithM(metaclass=M): pass
print(WithM.added, type(WithM).__name__)
print(isinstance(d, Base), issubclass(D, Base), D.__mro__)
try:
    raise ExceptionGroup('g', [ValueError(1), TypeError(2)])
except* ValueError as eg: print('eg', eg.exceptions)
except* TypeError as eg: print('eg2', eg.exceptions)
def rec(n): return rec(n + 1)
try: rec(0)
except RecursionError as e: print('rec', e)
del d.a
print(hasattr(d, 'a'), d.__dict__)
x = 5
x += 1; x -= 2; x *= 3; print(x, x << 2, x & 4, x | 1, ~x)
print(bytes([65, 66]), bytearray(b'x'), b'a' + b'b', 'é'.encode(), b'\xc3\xa9'.decode())
print(max(1, 5, 3), min([4, 2]), sum(range(10)), any([0, 1]), all([]), len('abc'), abs(-3), divmod(7, 3), pow(2, 10, 1000))
print(list(map(str, [1, 2])), list(filter(None, [0, 1])), list(enumerate('ab')), list(reversed([1, 2])))
type X = int
def gen[T](x: T) -> T: return x
print(gen(5), (lambda *a: a)(1, 2), [(i, j) for i in range(2) for j in range(2)])
print("%s %d %5.2f %r" % ('a', 5, 3.14159, 'q'), '{} {x}'.format(1, x=2))
