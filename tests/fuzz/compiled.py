"""Broken code objects: mutated .pyc data of the library's modules and of programs rich in opcodes, code.replace with odd parts. What is damaged is refused; what says of
itself that it is whole (its sum is made anew here) is loaded, verified and looked at, but not run: that is the writer's own doing, as in CPython.
SPDX-License-Identifier: MIT
"""
import builtins, marshal, os, sys, types
from _lib import Slow, main, mutate

SOURCES = ['''
def gen(n):
    for i in range(n):
        try:
            x = yield i
            if x: return x
        except KeyError as e:
            yield str(e)
        finally:
            n -= 1
def deleg(n): return (yield from gen(n))
class A:
    x: int = 1
    __slots__ = ('y', 'z')
    def __init__(self, y=2, *a, z=3, **k): self.y, self.z = y, z
    def m(self): return self.y + self.z
    @property
    def p(self): return [self.y] * 2
    def __enter__(self): return self
    def __exit__(self, *a): return a[0] is ValueError
class B(A):
    def m(self): return super().m() + 1
    def __getitem__(self, i): return i
def calls(a, b=1, /, c=2, *d, e=3, **f): return a, b, c, d, e, f
def cells():
    n = 0
    def inc(by=1):
        nonlocal n
        n += by
        return lambda: n
    return inc
def matching(x):
    match x:
        case [1, *rest] if rest: return rest
        case {'a': int(y), **more}: return y, more
        case A(y=2, z=q): return q
        case (1 | 2) as z: return z
        case _: return None
async def co(n):
    async with AC() as a:
        async for i in AI(n): a += i
        return [j async for j in AI(3)]
class AC:
    async def __aenter__(self): return 1
    async def __aexit__(self, *a): return False
class AI:
    def __init__(self, n): self.n = n
    def __aiter__(self): return self
    async def __anext__(self):
        self.n -= 1
        if self.n < 0: raise StopAsyncIteration
        return self.n
def run(c):
    try:
        while True: c.send(None)
    except StopIteration as e: return e.value
def eg():
    try: raise ExceptionGroup('a', [ValueError(1), KeyError(2)])
    except* ValueError as v: w = v.exceptions
    except* KeyError: pass
    return w
def maths(a, b):
    x = a + b * 2 - a // 3 % 5 ** 2 << 1 >> 1 & 0xff | 3 ^ 1
    y = 1.5 * a - b / 2.5
    return x < y <= 10, not x, -x, +y, ~a, x is None, a in (1, 2), f'{x!r:>10}{y=}', (z := a), x if a else y
def parts(l):
    a, (b, *c), d = l
    l[1:3], l[0] = [a], b
    del l[-1], d
    return {**{'k': a}, 'c': c}, [*c, a], {*c, b}, l[::2], {i: j for i, j in enumerate(c)}, (k for k in c)
for i in range(4):
    with B(i) as o:
        o.m(), o.p, o[1], o['a']
        if i == 2: raise ValueError
    calls(1, *[2, 3], e=4, **{'g': 5}); calls(i, 2, 3, 4)
    c = cells(); c(); c(2)()
    for x in ([1, 2, 3], {'a': 1, 'b': 2}, o, 2, 'x'): matching(x)
    run(co(i)), eg(), maths(i, 2), maths(1.5, i), parts([1, [2, 3, 4], 5])
    g = deleg(3); list(g); h = gen(2); next(h); h.throw(KeyError('a'))
    def rec(n: int = 3) -> int: return n and rec(n - 1) + 1
    rec(i); sorted([3, 1, 2], key=lambda v: -v); assert i < 9, i
    type X[T] = list[T]
    def generic[T: int](a: T) -> T: return a
    global G
    G = i; del G
    try:
        try: 1 / 0
        except ZeroDivisionError as e: raise KeyError from e
        else: pass
        finally: i += 1
    except LookupError: pass
    n = 0
    while True:
        n += 1
        if n & 1: continue
        if n > 6: break
''']
MODULES = '''bisect heapq keyword colorsys textwrap fnmatch string reprlib copy types enum operator functools contextlib collections/__init__ json/decoder json/encoder re/_parser re/_compiler
    dataclasses abc ast numbers fractions statistics difflib graphlib dis inspect argparse csv calendar base64 shlex html/parser urllib/parse _pydecimal _pydatetime ipaddress token tokenize'''.split()
ALLOWED = {'sys', 'types', 'math', 'collections', 're', 'operator', 'functools', 'itertools', 'enum', 'abc', 'string', 'keyword', 'reprlib', 'copy', '_collections_abc', '_bisect', '_heapq', '_functools', '_operator', '_abc',
           'numbers', 'decimal', 'fractions', 'statistics', 'random', 'bisect', 'heapq', 'contextlib', 'dataclasses', 'ast', 'inspect', 'binascii', 'struct', 'unicodedata', 'html', 'token', 'weakref', 'datetime', 'time', 'locale', 'textwrap', 'linecache', 'opcode', '_weakref', '_json'}


def carefully(name, globals=None, locals=None, fromlist=(), level=0):
    if level or name.split('.')[0] not in ALLOWED:
        raise ImportError(name)
    return __import__(name, fromlist=fromlist)
SAFE = {k: v for k, v in vars(builtins).items() if k not in ('open', 'exec', 'eval', 'compile', 'input', 'exit', 'quit', 'breakpoint', 'help', 'license', 'credits', 'print')}
SAFE.update(__import__=carefully, print=lambda *a, **k: None)


def corpus():
    for s in SOURCES:
        for o in (0, 2):
            yield compile(s, 'f', 'exec', optimize=o, dont_inherit=True)
    for m in MODULES:
        try:
            with open(os.path.join(os.path.dirname(os.__file__), m + '.py'), 'rb') as f:
                yield compile(f.read(), m, 'exec', dont_inherit=True)
        except OSError:
            pass
CODES = list(corpus())
DATA = [marshal.dumps(c) for c in CODES]
SMALL = [i for i, d in enumerate(DATA) if len(d) < 20000]


def functions(c, out):
    out.append(c)
    for k in c.co_consts:
        if isinstance(k, types.CodeType):
            functions(k, out)
    return out


def replaced(r, c):
    """c with odd parts in it or in a function inside it."""
    inner = [k for k in c.co_consts if isinstance(k, types.CodeType)]
    if inner and r.random() < .7:
        k = r.choice(inner)
        return c.replace(co_consts=tuple(replaced(r, x) if x is k else x for x in c.co_consts))
    kw = {}
    for part in r.sample(('co_code', 'co_consts', 'co_names', 'co_varnames', 'co_argcount', 'co_posonlyargcount', 'co_kwonlyargcount', 'co_nlocals', 'co_stacksize', 'co_flags', 'co_freevars', 'co_cellvars', 'co_exceptiontable', 'co_linetable', 'co_firstlineno'), r.choice((1, 1, 1, 2))):
        x = getattr(c, part)
        if isinstance(x, bytes):
            x = mutate(r, x)
            if part == 'co_code' and r.random() < .6: # as long as it was, unit by unit
                b = bytearray(c.co_code)
                for k in range(r.randrange(1, 4)):
                    if b: b[r.randrange(len(b))] = r.choice((r.randrange(256), r.randrange(8), b[r.randrange(len(b))]))
                x = bytes(b)
        elif isinstance(x, int):
            x = r.choice((x + 1, x - 1, 0, x ^ 1 << r.randrange(10), 2**31 - 1, 255, 256, 65535))
        else:
            x = list(x)
            how = r.randrange(3)
            if how == 0 and x: del x[r.randrange(len(x))]
            elif how == 1 and x: x[r.randrange(len(x))] = r.choice(('a', 'b', '')) if part != 'co_consts' else r.choice((None, 1, 'a', 1.5, (1,), frozenset((1,)), ('a', 'b'), r.choice(CODES)))
            else: r.shuffle(x)
            x = tuple(x)
        kw[part] = x
    return c.replace(**kw)


def summed(b):
    """b with a length and a sum that are right."""
    import struct
    body = b[13:]
    h, k = len(body), 0x9E3779B97F4A7C15
    for i in range(0, len(body) // 8 * 8, 8):
        h = (h ^ int.from_bytes(body[i:i + 8], 'little')) * k & 2**64 - 1
        h ^= h >> 29
    h = (h ^ int.from_bytes(body[len(body) // 8 * 8:], 'little')) * k & 2**64 - 1
    return b[:1] + struct.pack('<IQ', len(body), h ^ h >> 32) + body
for b in DATA[:2]:
    assert sys.implementation.name != 'imugi' or summed(b) == b, 'the sum is another'


def once(r, note):
    runs = False
    if r.random() < .6:
        i = r.choice(SMALL) if r.random() < .8 else r.randrange(len(DATA))
        b = bytearray(DATA[i])
        if r.random() < .5:
            for k in range(r.choice((1, 1, 1, 2, 5, 20))):
                b[r.randrange(len(b))] = r.choice((r.randrange(256), r.randrange(8), 255))
            b = bytes(b)
        else:
            b = mutate(r, bytes(b))
        if r.random() < .8:
            b = summed(b)
        else:
            runs = True
        note(('pyc', i, b if len(b) < 20000 else b''))
        try:
            c = marshal.loads(b)
        except (ValueError, EOFError, TypeError, MemoryError, OverflowError, RecursionError):
            return
    else:
        i = r.choice(SMALL)
        try:
            c = replaced(r, CODES[i])
        except (ValueError, TypeError, OverflowError):
            return
        note(('replace', i, marshal.dumps(c)))
    if not isinstance(c, types.CodeType):
        return
    assert not runs or DATA[i] == b or c == CODES[i], 'damaged code was loaded'
    ns = {'__builtins__': SAFE, '__name__': 'm'}
    try:
        for k in functions(c, []):
            list(k.co_lines()), list(k.co_positions()), repr(k), hash(k), k == c
    except Slow:
        raise
    except Exception as e:
        if type(e) is SystemError: raise
    if not runs:
        return
    try:
        exec(c, ns)
    except Slow:
        raise
    except BaseException as e: # SystemError as well: "bad argument to internal function" is what a wrong constant deserves
        pass
    for f in list(ns.values()):
        if isinstance(f, types.FunctionType):
            try:
                f(*[r.choice((1, 'a', [1, 2], None)) for k in range(r.randrange(3))])
            except Slow:
                raise
            except BaseException:
                pass


if __name__ == '__main__':
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))
    main(once, seconds=15)
