"""Every allocation of many small programs is refused, one at a time, within one process: each run ends with MemoryError or with the right result, and what comes after is
as if nothing had been.

    IM_STRESS=oom=1000000000000000 imugi tests/oom/_each.py [--seconds S] [--only WORD] [--from N] [--log FILE] [--list]

Where a program takes more than MOST allocations, a sample of them. The log names the program and the number at hand.
SPDX-License-Identifier: MIT
"""
import argparse, gc, logging, os, random, signal, sys, threading, time, traceback, warnings

PROGRAMS = {}
MOST = 1500


def program(f):
    PROGRAMS[f.__name__] = f
    return f


class A:
    x = 1
    def __init__(self, a=1, *b, c=2, **d): self.a, self.b, self.c, self.d = a, b, c, d
    def m(self, y=3): return self.a, y
    @property
    def p(self): return self.m()
    @classmethod
    def k(cls): return cls(5)
    def __eq__(self, o): return isinstance(o, A) and self.a == o.a
    def __hash__(self): return hash(self.a)
    def __lt__(self, o): return self.a < o.a


@program
def classes():
    class B(A):
        __slots__ = ('q', 'r')
        z: int = 1
        def __init_subclass__(cls, **k): cls.k2 = k
        def __set_name__(self, o, n): pass
        def m(self, y=4): return super().m(y), 1
    class C(B, k=1): w = B()
    c = C(2, 3, 4, c=5, e=6)
    c.q, c.new = [1], 'attribute'
    t = type('T', (C,), {'f': lambda self: self.q, '__doc__': 'd'})
    return c.m(), c.p, C.k().a, sorted(c.__dict__), t.__mro__[1].__name__, isinstance(c, A), C.k2, vars(t).keys() >= {'f'}
@program
def calls():
    def f(a, b=2, /, c=3, *d, e=5, **g): return a, b, c, d, e, g
    r = [f(1), f(1, 2, 3, 4, 5, e=6, h=7), f(*[1, 2], **{'c': 4, 'z': 5}), f(*range(10)), (lambda *a, **k: (a, k))(1, x=2)]
    try: f()
    except TypeError as e: r.append(str(e))
    try: f(1, nope=2, a=3)
    except TypeError as e: r.append(str(e))
    return r
@program
def closures():
    def counter():
        n = 0
        def inc(by=1):
            nonlocal n
            n += by
            return n
        return inc
    c = counter()
    return [c(), c(5), [(lambda i=i: i + c())() for i in range(3)]]
@program
def generators():
    def g(n):
        try:
            got = yield from (i * 2 for i in range(n))
            x = yield got
            yield x
        except KeyError as e: yield e.args
        finally: out.append('finally')
    out = []
    i = g(3)
    out += list(i)
    i = g(1)
    next(i)
    try: out.append(i.throw(KeyError('thrown')))
    except StopIteration: pass
    i.close()
    return out
@program
def exceptions():
    r = []
    try:
        try: 1 / 0
        except ZeroDivisionError as e: raise ValueError('a', 1) from e
    except ValueError as e:
        r += [e.args, type(e.__cause__).__name__, type(e.__context__).__name__]
        e.add_note('note')
        r.append(e.__notes__)
    try: raise ExceptionGroup('g', [ValueError(1), KeyError(2), ExceptionGroup('h', [TypeError(3)])])
    except* ValueError as e: r.append(repr(e))
    except* (KeyError, TypeError) as e: r.append(str(e.exceptions))
    return r
@program
def lists():
    l = [i * 2 for i in range(50)]
    l.extend((1, 2)); l.append([3]); l[2:5] = 'abc'; del l[::7]; l *= 2; l.insert(3, 'x'); l.remove('x'); l.reverse()
    return l[:5], l.index('c'), l.count(1), sorted([3, 1, 2], reverse=True), sorted(map(A, (3, 1, 2)))[0].a, l + [1], [*l, 1][-1], l.pop(), len(l.copy())
@program
def dicts():
    d = {i: str(i) for i in range(40)}
    d |= {'a': 1}; d.update(b=2, c=3); d.setdefault('z', []).append(1); d.pop(3); del d[4]
    e = dict(zip('abc', range(3)), q=5)
    return len(d), d | e, list(e.items()), e.keys() & {'a'}, dict.fromkeys('ab', 0), sorted(e, key=e.get), e.popitem(), {**d, 'k': 1}['k'], str(e), e == dict(e), list(reversed(e))
@program
def sets():
    s = set(range(30)); t = frozenset('abc')
    s |= {'x', 1.5}; s.add((1, 2)); s.discard(3); s -= {4}; s ^= {5, 100}
    return len(s), t | {'d'} == {*'abcd'}, s & {1, 2}, s.copy() == s, {t: 1}[frozenset('cab')], s.isdisjoint({'q'}), sorted(t), s >= {1}
@program
def text():
    s = 'äöü \u20ac \U0001f600 text' * 3
    return (s.upper(), s.split(), s.replace('t', 'TT'), '%s-%r-%05d' % (s, s, 5), '{:>10}{!r:<5}{x}'.format('a', 'b', x=1), f'{s!a:.10}{12345.678:,.2f}', s.encode(), s.encode('utf-16').decode('utf-16') == s, ','.join(map(str, range(30))),
            s.partition(' '), s.title(), s.casefold(), s.center(50), s.translate({0xe4: 'ae'}), s.find('x'), 'a\nb\r\nc'.splitlines(), 'x'.join('abc'), s[::-1], s * 2, s.isidentifier(), 'abc'.maketrans('a', 'b'), s.expandtabs(), repr(s), 'ß'.upper(), s.rsplit(maxsplit=1))
@program
def data():
    b = bytes(range(100)); a = bytearray(b)
    a += b'xyz'; a[3:6] = b''; del a[::9]; a.extend([1, 2]); m = memoryview(a)[2:20:2]
    r = m.tolist(), m.tobytes(), bytes(m), m.hex(), m == m
    m.release()
    return r, b.replace(b'\1', b'\2\2'), b.split(b'\n'), b.hex(':'), bytes.fromhex('00ff'), a.translate(bytes(256)), b % () if 0 else b'%d %s' % (5, b'x'), a.find(b'z'), b'a,b'.join([b'x', b'y']), a.pop()
@program
def numbers():
    n = 3 ** 500
    return n // 7 ** 20, n % 10 ** 30, str(n)[:10], int('9' * 200) + 1, n >> 300, n & (n >> 1), float('1.5e300') * 2, complex('1+2j') ** 2, divmod(-n, 12345678901234567890), round(1234.5678, 2), pow(3, n, 10 ** 40), hex(n), (n).bit_length(), n.to_bytes(100, 'big')[:3], int.from_bytes(b'abc' * 20, 'little'), 1.1.as_integer_ratio(), float.fromhex('0x1.8p3'), f'{n:_}'[:8], -n < 5 < n
@program
def iterators():
    import itertools, functools
    it = itertools
    return (list(it.chain('ab', range(3))), list(it.product('ab', repeat=2)), list(it.permutations('abc', 2)), list(it.combinations('abcd', 2)), [(k, list(g)) for k, g in it.groupby('aabbb')], list(it.zip_longest('ab', 'c')), list(it.islice(it.count(3), 5)), list(it.accumulate(range(5))),
            [list(x) for x in it.tee('abc', 3)], list(it.batched('abcde', 2)), list(it.pairwise('abc')), functools.reduce(lambda a, b: a + b, range(5)), list(map(max, [1, 2], [3, 1])), list(zip('ab', 'cd', strict=True)), list(filter(None, [0, 1])), list(enumerate('ab')), list(reversed([1, 2])), functools.partial(int, base=2)('101'), list(it.starmap(pow, [(2, 3)])), list(it.compress('abc', [1, 0, 1])), sum(i for i in range(9)), list(it.cycle('a').__class__('ab').__reduce__()[0].__name__ for i in range(0)))
@program
def compiled():
    ns = {}
    source = 'import sys\nclass K[T](dict):\n  """doc"""\n  a: int = 1\n  def f(self, x: T, *b, **k):\n    with self as y, z: return [i async for i in y] if 0 else {i: j for i, j in x}\n    match x:\n      case {"a": [1, *r], **q} | q: pass\ndef g():\n  try:\n    yield (lambda a, *b: a)(1)\n  finally:\n    def h(): return n\n    n = 1\nr = f"{1!r:>{5}}" + "a" "b"\n'.replace('[i async for i in y] if 0 else ', '').replace('case {"a": [1, *r], **q} | q', 'case {"a": [1, *r], **q}')
    code = compile(source, 'f', 'exec')
    exec(code, ns)
    return ns['r'], list(ns['g']()), ns['K'].__doc__, code.co_names, len(list(code.co_lines())) > 3
@program
def errors_in_source():
    r = []
    for s in ('a b', 'f(', 'x = 1 = 2 3', 'def f(:\n', 'f"{a b}"', '"abc', 'return', 'nonlocal x', 'print 1', '(a, b) += 1', 'if x\n  y', '  x'):
        try: compile(s, 'f', 'exec')
        except SyntaxError as e: r.append((e.msg, e.lineno, e.offset))
    return r
@program
def trees():
    import ast
    t = ast.parse('def f(a, b=1): return [a + b for c in {1: 2}]\nx: int = f(1)')
    return ast.dump(t), ast.unparse(t), eval(compile(ast.Expression(ast.Constant(5)), 'f', 'eval')) if 0 else 5, ast.literal_eval('[1, {2: (3, "a")}]'), len(list(ast.walk(t)))
@program
def patterns():
    import re
    re.purge()
    p = re.compile(r'(?P<a>\w+)\s*(?:=|:)\s*(\d{1,3}|"[^"]*")(?i:x)?')
    m = p.search('  key = 42X, other: "text"')
    return m.groups(), m.groupdict(), m.span(2), p.findall('a=1 b="2" c:3'), p.sub(r'\g<a>->\2', 'k=1'), re.split('[,;]+', 'a,b;;c'), [x.group() for x in re.finditer('é|a', 'aéa')], re.sub('a', lambda m: m[0] * 2, 'banana'), repr(m), re.escape('a.b')
@program
def json_text():
    import json
    v = {'a': [1, 2.5, None, True, 'text é\n', {'b': []}], 'c': 10 ** 30, 'd': 'x' * 100}
    s = json.dumps(v, indent=1, sort_keys=True)
    r = [json.loads(s) == v, json.dumps(v, ensure_ascii=False), json.loads('[1e5, -0, "\\u00e9\\ud83d\\ude00"]', parse_float=str)]
    try: json.loads('{"a": ')
    except json.JSONDecodeError as e: r.append(str(e))
    return r
@program
def pickles():
    import pickle, copy, datetime
    v = [1, 2 ** 70, 'text', b'b', {'a': (1, 2)}, {1, 2}, A(3), datetime.date(2020, 1, 2), None, 1.5, len, A]
    v.append(v[4])
    r = [len(pickle.loads(pickle.dumps(v, p))) for p in range(6)]
    return r, copy.deepcopy(v)[6] == A(3), copy.copy(v)[4] is v[4], pickle.loads(pickle.dumps(v))[-1] == {'a': (1, 2)}
@program
def marshalled():
    import marshal
    v = [1, 2 ** 70, 'text', b'b', {'a': (1, 2)}, {1, 2}, None, 1.5, 2j, ..., compile('lambda a: [a for b in a]', 'f', 'eval'), frozenset('a')]
    return marshal.loads(marshal.dumps(v[:10])) == v[:10], marshal.loads(marshal.dumps(v))[10] == v[10]
@program
def files():
    import io, tempfile
    with tempfile.TemporaryFile('w+', encoding='utf-8') as f:
        f.write('line é\n' * 20); f.seek(0)
        r = [f.readline(), f.read(3), f.tell(), f.readlines()[-1]]
    b = io.BytesIO(b'abc\ndef' * 10); s = io.StringIO('a\nb\r\nc', newline=None)
    t = io.TextIOWrapper(io.BufferedReader(io.BytesIO('äb\nc'.encode('utf-16'))), 'utf-16')
    return r, b.readlines()[:2], b.getvalue()[:3], s.read(), list(t), io.BufferedRandom(io.BytesIO(b'xyz')).read(2)
@program
def collection_types():
    import collections
    P = collections.namedtuple('P', 'x y', defaults=[5])
    d = collections.deque(range(100), 50); d.rotate(3); d.appendleft(1); d.extend('ab')
    o = collections.OrderedDict(a=1, b=2); o.move_to_end('a'); o['c'] = 3
    c = collections.Counter('abracadabra'); dd = collections.defaultdict(list); dd['a'].append(1)
    return P(1), P(1, 2)._replace(x=3), d.index('a'), list(d)[:3], list(o), o.popitem(), c.most_common(2), dd, collections.ChainMap({'a': 1}, {'b': 2})['b'], repr(o), repr(d)[:10], d.copy() == d
@program
def dates():
    import datetime as D
    z = D.timezone(D.timedelta(hours=2), 'Z')
    t = D.datetime(2024, 2, 29, 13, 5, 7, 99, z)
    return t.isoformat(), str(t + D.timedelta(days=1.5)), D.datetime.fromisoformat('2024-02-29T13:05:07+02:00') < t, t.strftime('%Y %j %A %z %f'), D.datetime.strptime('2024 29 Feb', '%Y %d %b'), t.astimezone(D.timezone.utc).timetuple()[:6], repr(D.timedelta(1, 2, 3)), D.date.today() > D.date(2000, 1, 1), t.replace(fold=1).fold
@program
def decimals():
    import decimal, fractions
    with decimal.localcontext(prec=40) as c:
        x = decimal.Decimal('1.23456789') ** 5 / 7
        return str(x), x.quantize(decimal.Decimal('.01')), format(x, '.10e'), x.as_tuple()[0], str(fractions.Fraction(3, 7) + fractions.Fraction('0.25')), str(decimal.Decimal(2).sqrt())
@program
def enums_and_dataclasses():
    import enum, dataclasses
    class E(enum.Flag):
        A = 1
        B = 2
    @dataclasses.dataclass(order=True, frozen=True)
    class D:
        a: int
        b: list = dataclasses.field(default_factory=list, compare=False)
    return repr(E.A | E.B), E(2).name, [e.value for e in E], repr(D(1)), D(1) < D(2), dataclasses.asdict(D(1, [2])), hash(D(3)) == hash(D(3))
@program
def context_managers():
    import contextlib, contextvars, weakref
    out = []
    @contextlib.contextmanager
    def cm(n):
        out.append(n)
        try: yield n
        finally: out.append(-n)
    with contextlib.ExitStack() as s:
        s.enter_context(cm(1)); s.callback(out.append, 'c')
        with contextlib.suppress(KeyError): {}[1]
    v = contextvars.ContextVar('v', default=0)
    def run(): v.set(5); return v.get()
    a = A(); r = weakref.ref(a, out.append); w = weakref.WeakValueDictionary({1: a}); f = weakref.finalize(a, out.append, 'gone')
    k = contextvars.copy_context().run(run), v.get(), r() is a, 1 in w
    del a
    return k, [x if not isinstance(x, weakref.ref) else 'ref' for x in out], r(), len(w)
@program
def coroutines():
    class Aw:
        def __await__(self): return (yield 1)
    async def ag():
        for i in range(3): yield i
    async def co():
        x = await Aw()
        return [i async for i in ag()], x
    c = co()
    c.send(None)
    try: c.send('sent')
    except StopIteration as e: return e.value
@program
def thread_lives():
    import queue, _thread
    q, out = queue.SimpleQueue(), []
    def f(x): out.append(x); q.put([x]); local.a = x
    local = threading.local(); local.a = 0
    t = _thread.start_joinable_thread(lambda: f(5)) # threading.Thread.start() waits for ever for a thread that had no memory to say that it runs
    t.join()
    if q.empty(): raise MemoryError # the thread's own
    r = q.get()
    return r, out, local.a, t.is_done()
@program
def compressed():
    import zlib, bz2, lzma, hashlib, binascii, base64, struct, array
    b = b'abcdefgh' * 200
    d = zlib.decompressobj()
    a = array.array('i', range(20)); a.append(5)
    return zlib.decompress(zlib.compress(b)) == b, d.decompress(zlib.compress(b), 10), bz2.decompress(bz2.compress(b)) == b, lzma.decompress(lzma.compress(b)) == b, hashlib.sha256(b).hexdigest(), hashlib.md5(b, usedforsecurity=False).digest(), base64.b64encode(b)[:5], binascii.crc32(b), struct.pack('<iHd5s', 1, 2, 3.5, b'ab'), list(struct.iter_unpack('h', b'abcd')), a.tobytes()[:8], a.index(5)
@program
def xml_and_csv():
    import csv, io, xml.etree.ElementTree as E
    x = E.fromstring('<a x="1"><b>t&amp;</b><c/><!-- k -->tail</a>')
    w = io.StringIO(); csv.writer(w).writerows([[1, 'a,b'], ['"', None]])
    return E.tostring(x), [e.tag for e in x.iter()], x.find('b').text, list(csv.reader(['a,"b,c",d', '1,2'])), w.getvalue(), list(csv.DictReader(['a,b', '1,2']))
@program
def imports():
    import importlib
    for n in ('colorsys', 'this_is_no_module', 'keyword', 'fractions'):
        sys.modules.pop(n, None)
        try: importlib.import_module(n)
        except ModuleNotFoundError as e: r = e.name
    from os.path import join
    return r, join('a', 'b'), sys.modules['colorsys'].rgb_to_hsv(1, 0, 0)
@program
def system():
    import os, stat, subprocess, time, signal, socket, select
    a, b = socket.socketpair(); a.sendall(b'abc'); r = b.recv(10), select.select([b], [], [], 0); a.close(); b.close()
    with os.scandir('/') as d: names = sorted(e.name for e in d)
    return r[0], 'tmp' in names, stat.S_ISDIR(os.stat('/').st_mode), os.environ.get('HOME') is not None, os.path.exists('/nonexistent'), time.strftime('%Y', time.gmtime(0)), os.fspath('x'), signal.getsignal(signal.SIGINT) is not None, os.urandom(4) != b'', socket.inet_aton('127.0.0.1')
@program
def introspection():
    import inspect, types, gc
    def f(a, b: int = 1, *c, d=2, **e) -> str: 'doc'
    s = inspect.signature(f)
    fr = sys._getframe()
    return str(s), s.bind(1, 2, 3).arguments, f.__annotations__, fr.f_locals['s'] is s, fr.f_lineno > 0, dir(A)[-1], types.SimpleNamespace(a=1, b=[2]), gc.collect() >= 0, repr(f.__code__)[:11], list[int], int | None, types.MappingProxyType({1: 2})
@program
def databases():
    import sqlite3
    c = sqlite3.connect(':memory:'); c.create_function('f', 1, lambda x: x * 2)
    c.execute('create table t(a, b)'); c.executemany('insert into t values(?, ?)', [(i, str(i)) for i in range(10)])
    r = c.execute('select f(a), b from t where a > ? order by a', (5,)).fetchall(), c.execute('select count(*) from t').fetchone()
    c.close()
    return r
@program
def ctypes_calls():
    import ctypes
    class S(ctypes.Structure): _fields_ = [('a', ctypes.c_int), ('b', ctypes.c_char * 4)]
    s = S(1, b'abc'); a = (ctypes.c_int * 5)(*range(5)); p = ctypes.pointer(a)
    cmp = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)(lambda x, y: 0)
    return s.a, s.b, list(a), p.contents[2], ctypes.sizeof(S), bytes(s)[:2], ctypes.CDLL(None).abs(-5), ctypes.cast(p, ctypes.POINTER(ctypes.c_int))[1], ctypes.create_string_buffer(b'x', 5).raw
@program
def traced():
    out = []
    def t(f, e, a):
        if f.f_code.co_name == 'inner': out.append((e, f.f_lineno - f.f_code.co_firstlineno))
        return t
    def inner(n):
        for i in range(n): n += i
        return n
    sys.settrace(t)
    try: inner(2)
    finally: sys.settrace(None)
    return out
@program
def finalizers():
    out = []
    class D:
        def __init__(self, n): self.n, self.me = n, self
        def __del__(self): out.append(self.n)
    for i in range(3): D(i)
    gc.collect()
    d = D('x'); d.me = None; del d
    return sorted(map(str, out))
@program
def warned():
    with warnings.catch_warnings(record=True) as w:
        warnings.simplefilter('always')
        warnings.warn('text', DeprecationWarning); eval('1 is 1')
    return [str(x.message)[:10] for x in w]
@program
def codec_names():
    return [('é\u20ac' if n not in ('latin-1', 'ascii') else 'a').encode(n, 'replace').decode(n) for n in ('utf-8', 'utf-16', 'utf-32', 'utf-7', 'latin-1', 'ascii', 'cp1252', 'gb18030', 'unicode_escape', 'punycode')], '\udc80x'.encode('utf-8', 'surrogateescape'), b'\xff'.decode('utf-8', 'backslashreplace')
@program
def types_at_work():
    import typing
    T = typing.TypeVar('T')
    class G(typing.Generic[T]): pass
    class N(typing.NamedTuple): a: int; b: str = 'x'
    class P(typing.Protocol):
        def m(self): ...
    type X[K] = dict[K, int]
    return str(G[int]), N(1), typing.get_type_hints(N), str(X[str]) if 0 else 1, typing.Optional[int], typing.get_args(typing.Union[int, str]), X.__value__.__origin__
@program
def argparse_and_text():
    import argparse, string, textwrap
    p = argparse.ArgumentParser(prog='p'); p.add_argument('-n', type=int, default=3); p.add_argument('f', nargs='*')
    return p.parse_args(['-n', '4', 'a']).n, p.format_help()[:10], string.Template('$a').substitute(a=1), textwrap.fill('word ' * 20, 30)


def main():
    a = argparse.ArgumentParser()
    a.add_argument('--seconds', type=float, default=1e9)
    a.add_argument('--only')
    a.add_argument('--begin', type=int, default=1)
    a.add_argument('--step', type=int, default=0)
    a.add_argument('--seed', type=int, default=1)
    a.add_argument('--log')
    o = a.parse_args()
    refuse = sys._imugi.refuse_allocation
    refuse(0)
    warnings.simplefilter('ignore')
    log = os.open(o.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644) if o.log else None
    ignored = []
    sys.unraisablehook = lambda u: ignored.append(u.exc_type)
    threading.excepthook = lambda x: ignored.append(x.exc_type)
    class Hang(BaseException): pass
    def alarm(*a): raise Hang
    signal.signal(signal.SIGALRM, alarm)
    logging.disable()
    r = random.Random(o.seed)
    end, bad = time.monotonic() + o.seconds, 0
    names = [n for n in PROGRAMS if not o.only or o.only == n]
    r.shuffle(names)
    for name in names:
        f = PROGRAMS[name]
        expected = [repr(f()) for i in range(3)][-1]
        refuse(1 << 60)
        f()
        total = (1 << 60) - refuse(0)
        numbers = range(o.begin, total + 2, o.step or 1) if total <= MOST or o.step or o.only else sorted(r.sample(range(1, total + 2), MOST))
        ended = {}
        for n in numbers:
            if time.monotonic() > end:
                break
            if log is not None:
                os.ftruncate(log, 0)
                os.pwrite(log, b'%s %d\n' % (name.encode(), n), 0)
            signal.setitimer(signal.ITIMER_REAL, 20, 5)
            ignored.clear()
            refuse(n)
            try:
                x = f()
                refuse(0)
                how = 'right' if repr(x) == expected else 'ignored' if MemoryError in ignored else 'wrong' # in a finalizer, say, where it can only be told
            except MemoryError:
                refuse(0)
                how = 'memory'
            except BaseException as e:
                refuse(0)
                how = type(e).__name__
                x = e
            signal.setitimer(signal.ITIMER_REAL, 0)
            x = x if how not in ('right', 'memory', 'ignored') else None
            if x is not None:
                # What a program catches may hide the failure from it: an AttributeError in place of MemoryError is none of our making only if it says so.
                c, seen = x, False
                while isinstance(c, BaseException) and not seen:
                    c = c.__context__
                    seen = isinstance(c, MemoryError)
                if how == 'wrong' or not seen and str(x) != "can't start new thread" and 'MemoryError' not in str(x):
                    bad += 1
                    print(f'{name} {n} of {total}: {how} {x!r:.300}', flush=True)
                    if isinstance(x, BaseException): traceback.print_exception(x, limit=-3)
            ended[how] = ended.get(how, 0) + 1
            sys.settrace(None)
            x = None
            if ended.get('wrong', 0) > 5:
                break
        after = repr(f())
        if after != expected:
            bad += 1
            print(f'{name}: another result afterwards\n  {expected:.300}\n  {after:.300}', flush=True)
        print(name, total, ended, flush=True)
    print(f'{bad} wrong')
    return bad > 0


if __name__ == '__main__':
    sys.exit(main())
