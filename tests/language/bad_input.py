# time: 120
# What no program should ask for: deep recursion in C, results too large for memory, broken data. Errors, never a crash or a hang.
import copy, itertools, functools, json, marshal, pickle, random, sys
def attempt(label, f):
    try:
        f()
    except Exception as e:
        print(label, type(e).__name__)
    else:
        print(label, 'ok')

def nested(make, n=100_000):
    x = make(None)
    for i in range(n):
        x = make(x)
    return x
deep = nested(lambda x: [x])
attempt('repr', lambda: repr(deep))
attempt('compare', lambda: deep == nested(lambda x: [x]))
attempt('json.dumps', lambda: json.dumps(deep))
attempt('json.loads', lambda: json.loads('[' * 100_000))
attempt('pickle', lambda: pickle.dumps(deep))
attempt('deepcopy', lambda: copy.deepcopy(deep))
attempt('marshal', lambda: marshal.dumps(deep))
attempt('isinstance', lambda: isinstance(1.0, nested(lambda x: (x or int,))))
for source in ('(' * 100_000 + ')' * 100_000, '[' * 1000, ''.join(' ' * i + 'if 1:\n' for i in range(101)) + ' ' * 101 + 'pass'):
    attempt('compile', lambda: compile(source, 'f', 'exec'))
def f(): f()
attempt('calls', f)
class A:
    def __repr__(self): return repr(self)
    def __getattr__(self, n): return getattr(self, n)
    def __lt__(self, o): return self < o
attempt('own repr', lambda: repr(A()))
attempt('own getattr', lambda: A().x)
attempt('own comparison', lambda: A() < A())
def g(n): yield from g(n + 1)
attempt('generators', lambda: next(g(0)))
del deep

for label, f in {'str': lambda: 'x' * 10**15, 'list': lambda: [0] * 10**15, 'tuple': lambda: (0,) * 10**15, 'bytes': lambda: bytes(10**15),
        'bytearray': lambda: bytearray(10**15), 'shift': lambda: 1 << 10**15, 'zfill': lambda: '1'.zfill(10**15), 'percent': lambda: '%1000000000000000d' % 1,
        'format': lambda: format(1, '1000000000000000d'), 'ljust': lambda: 'x'.ljust(10**15), 'replace': lambda: ('x' * 10**6).replace('x', 'y' * 10**9),
        'expandtabs': lambda: list(range(10**15)), 'index': lambda: 'x' * 10**19}.items():
    attempt(label, f)
for f in (lambda: int('1' * 5000), lambda: str(10**5000)):
    try:
        f()
    except ValueError as e:
        print(e)

# Broken marshal data: an error or a value, whatever the bytes.
data = marshal.dumps([1, 2.5, 'text', b'bytes', (1, 2), {3, 4}, {'k': None}, 10**40, 1j])
r = random.Random(1)
for i in range(20000):
    b = bytearray(data)
    for k in range(r.randrange(1, 6)):
        b[r.randrange(len(b))] = r.randrange(256)
    try:
        marshal.loads(bytes(b[:r.randrange(len(b) + 1)]))
    except Exception:
        pass
for bad in (b's\xff\xff\xff\x7f', b'[\xff\xff\xff\x7f', b'l\xff\xff\xff\x7f', b'r\x05\0\0\0', b''):
    attempt('marshal', lambda: marshal.loads(bad))
