"""A few objects at a time, all of whose methods several threads call at once, with odd arguments, each other among them.

    imugi tests/fuzz/shared.py [--seed N] [--seconds S] [--threads N] [--only WORD] [--round S] [--log FILE]

Nothing is expected of the results: no crash, no assertion, and in a build with TSan no race inside the interpreter. A call that blocks costs a thread; another takes
its place. The log names the objects of the round. Threads are no more alike from run to run than the machine makes them; one seed gives the same rounds.
SPDX-License-Identifier: MIT
"""
import argparse
import fcntl
import os
import random
import resource
import signal
import sys
import threading
import time
import warnings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import callables
import array, ast, faulthandler, asyncio, bz2, codecs, collections, contextvars, csv, datetime, functools, hashlib, io, itertools, json, lzma, mmap, operator, pickle, queue, re, select, socket, sqlite3, ssl
import struct, tempfile, types, weakref, zlib, zoneinfo, pyexpat, hmac, symtable, string, traceback, decimal, fractions, copy, enum, dataclasses, typing, gc

NEVER = callables.NEVER | set('''__init_subclass__ __class__ daemon_threads_allowed setswitchinterval _current_frames gettrace breakpoint exit quit _clear_internal_caches
    sleep load_extension enable_load_extension serve_forever run_forever set_exec iterdump __dir__'''.split())


class Weak:
    pass
class Slots:
    __slots__ = ('a', 'b', '__weakref__')
class Meta(type):
    x = 1
class Klass(metaclass=Meta):
    a = 1
    def m(self): return self.a
    @property
    def p(self): return 1
    @functools.cached_property
    def c(self): return []
    __slots__ = ('__dict__', 's')
class Loud:
    def __init__(self, *a): self.a = a
    def __del__(self): self.a = None
class Sub(dict):
    def __missing__(self, k): return k
class Color(enum.Enum):
    RED = 1
    BLUE = 2
@dataclasses.dataclass
class Data:
    a: int = 1
    b: list = dataclasses.field(default_factory=list)

def gen():
    l = []
    while True:
        try:
            l.append((yield l))
            del l[:-3]
        except ValueError as e:
            l.append(e)
async def coro():
    await Future()
class Future:
    def __await__(self): return (yield 1)
async def agen():
    for i in range(1000):
        await Future()
        yield i
def function(a=1, *b, c=2, **d):
    return a, b, c, d
def closure():
    x = [1]
    def inner():
        nonlocal x
        x = [x[0]]
        return x
    return inner
def error():
    try:
        try: {}['a']
        except KeyError as e: raise ValueError('b') from e
    except ValueError as e: return e
def frame():
    a = [1]
    b = {'x': a}
    return sys._getframe()
def db():
    c = sqlite3.connect(':memory:', check_same_thread=False, timeout=0)
    c.execute('create table t(a, b)')
    c.executemany('insert into t values(?, ?)', [(i, str(i)) for i in range(20)])
    return c
def pair():
    a, b = socket.socketpair()
    a.setblocking(False); b.setblocking(False)
    keep.append(b)
    return a
def temporary(mode='w+b', **k):
    return tempfile.TemporaryFile(mode, **k)
def ssl_object():
    c = ssl.create_default_context()
    return c.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname='a.b')
def future():
    return asyncio.Future(loop=loop)
def module():
    m = types.ModuleType('made')
    m.a, m.f = 1, function
    return m
def namespaced():
    o = Klass()
    o.a, o.b, o.s = [], {}, 1
    return o
def parser():
    p = pyexpat.ParserCreate()
    p.StartElementHandler = lambda *a: None
    return p
keep = []
loop = None
words = b'some words, and more of them; ' * 20
MAKE = [
    lambda: [1, 'a', [2], 3.5, None], lambda: [[i] for i in range(40)], lambda: {'a': 1, 'b': [2], 3: 'x'}, lambda: {i: str(i) for i in range(40)}, lambda: {1, 'a', (2,)}, lambda: set(map(str, range(40))),
    lambda: frozenset((1, 'b')), lambda: (1, [2], 'c'), lambda: bytearray(b'abcdef' * 9), lambda: memoryview(bytearray(64)), lambda: memoryview(bytearray(48)).cast('d'), lambda: b'abc' * 5, lambda: 'text \u20ac' * 3,
    lambda: 10**50, lambda: 1.5, lambda: range(30), lambda: slice(1, 2, 3),
    lambda: iter([1, 2, 3] * 30), lambda: iter({i: i for i in range(50)}), lambda: iter({i: i for i in range(50)}.items()), lambda: {1: 2, 'a': []}.keys(), lambda: {1: 2, 'a': []}.items(), lambda: iter(set(range(50))), lambda: iter('text' * 20), lambda: iter(bytearray(50)),
    lambda: iter(range(100)), lambda: iter(range(2**70, 2**70 + 50)), lambda: iter((1, 2) * 20), lambda: enumerate(['a'] * 50), lambda: zip([1] * 50, 'ab' * 30), lambda: map(str, range(50)), lambda: filter(None, range(50)), lambda: reversed([1] * 40), lambda: iter(lambda: 1, 2),
    gen, lambda: (i for i in [[1], [2]] * 20), coro, agen, lambda: agen().__anext__(), lambda: coro().__await__(),
    lambda: function, closure, lambda: types.MethodType(function, [1]), lambda: closure().__closure__[0], lambda: function.__code__, lambda: property(function, function), lambda: staticmethod(function), lambda: classmethod(function),
    lambda: Klass, lambda: type('Made', (Klass,), {'z': 1}), lambda: type('Listed', (list,), {'__slots__': ('q',)})(), namespaced, Slots, Weak, Loud, Sub, Data, lambda: Color.RED, lambda: super(Klass, Klass()), lambda: types.SimpleNamespace(a=1, b=[]), module, lambda: types.MappingProxyType({'a': 1}),
    lambda: list[int], lambda: int | str, lambda: typing.TypeVar('T'), error, lambda: error().__traceback__, frame, lambda: ExceptionGroup('g', [ValueError(1), KeyError('k')]), lambda: OSError(2, 'no', 'f'), lambda: UnicodeDecodeError('utf-8', b'abc', 0, 1, 'why'),
    lambda: collections.deque([1, [2], 'c'] * 5, 40), lambda: collections.OrderedDict((i, [i]) for i in range(10)), lambda: collections.defaultdict(list, a=[1]), lambda: collections.Counter('abcab'), lambda: collections.ChainMap({1: 2}, {}), lambda: iter(collections.deque(range(50))), lambda: iter(collections.OrderedDict.fromkeys(range(50))),
    lambda: array.array('i', range(30)), lambda: array.array('d', [1.5] * 9), lambda: iter(array.array('i', range(30))), lambda: mmap.mmap(-1, 4096), lambda: struct.Struct('<iid'), lambda: struct.iter_unpack('i', bytes(80)), lambda: random.Random(1),
    lambda: zlib.compressobj(), lambda: zlib.decompressobj(), lambda: bz2.BZ2Compressor(), lambda: bz2.BZ2Decompressor(), lambda: lzma.LZMACompressor(), lambda: lzma.LZMADecompressor(), lambda: hashlib.md5(words), lambda: hashlib.sha256(words), lambda: hashlib.blake2b(words), lambda: hashlib.sha3_256(words), lambda: hmac.new(b'k', words, 'sha256'), lambda: hashlib.shake_128(words),
    lambda: csv.reader(['a,b', 'c,"d"'] * 20), lambda: csv.writer(io.StringIO()), lambda: json.JSONDecoder(), lambda: json.JSONEncoder().iterencode({'a': [1, 2]}), lambda: pickle.Pickler(io.BytesIO()), lambda: pickle.Unpickler(io.BytesIO(pickle.dumps([1, {'a': 2}, 'c']) * 9)),
    lambda: re.compile('(a)(?P<n>b*)|c'), lambda: re.match('(a)(?P<n>b*)', 'abbb'), lambda: re.compile('(a|b)+?').scanner('abab' * 9), lambda: re.finditer('a', 'ab' * 30),
    lambda: itertools.count(), lambda: itertools.count(2**62, 7), lambda: itertools.cycle([1, [2]]), lambda: itertools.chain([1], 'ab' * 30), lambda: itertools.tee(iter(range(100)))[0], lambda: itertools.groupby('aabbcc' * 9), lambda: next(itertools.groupby('aabbcc' * 9))[1], lambda: itertools.islice(itertools.count(), 5, 200, 3), lambda: itertools.product('ab', [1, 2, 3], repeat=2),
    lambda: itertools.permutations('abcd'), lambda: itertools.combinations('abcdefg', 3), lambda: itertools.combinations_with_replacement('abcd', 3), lambda: itertools.accumulate(range(90)), lambda: itertools.zip_longest('ab' * 9, [1]), lambda: itertools.starmap(pow, [(1, 2)] * 40), lambda: itertools.batched(range(90), 4), lambda: itertools.pairwise(range(90)), lambda: itertools.repeat([1], 60),
    lambda: itertools.takewhile(bool, [1] * 90), lambda: itertools.dropwhile(bool, [1, 0] * 40), lambda: itertools.compress([1] * 90, [1, 0] * 45), lambda: itertools.filterfalse(None, [0] * 80),
    lambda: functools.partial(function, [1], k=2), lambda: functools.lru_cache(4)(function), lambda: functools.lru_cache(None)(function), lambda: functools.cmp_to_key(lambda a, b: 0)(1), lambda: functools.singledispatch(function), lambda: operator.itemgetter(1, 2), lambda: operator.attrgetter('a', 'b.c'), lambda: operator.methodcaller('count', 1),
    queue.SimpleQueue, threading.Lock, threading.RLock, threading.local, lambda: threading.Event(), lambda: threading.Thread(target=function), lambda: contextvars.copy_context(), lambda: contextvars.ContextVar('v', default=[]), lambda: contextvars.ContextVar('v').set([]),
    lambda: weakref.ref(keep[0]), lambda: weakref.proxy(keep[0]), lambda: weakref.WeakValueDictionary({1: keep[0]}), lambda: weakref.WeakSet(keep[:1]), lambda: weakref.WeakKeyDictionary({keep[0]: 1}), lambda: weakref.finalize(Weak(), function), lambda: weakref.ref(Klass),
    future, lambda: asyncio.Event(), lambda: asyncio.Queue(),
    lambda: io.BytesIO(words), lambda: io.StringIO('a\nb\r\nc' * 20), lambda: io.TextIOWrapper(io.BytesIO(words)), lambda: io.BufferedReader(io.BytesIO(words), 16), lambda: io.BufferedWriter(io.BytesIO(), 16), lambda: io.BufferedRandom(io.BytesIO(words), 16), lambda: temporary('w+'), lambda: temporary(), lambda: temporary(buffering=0), lambda: io.BytesIO(words).getbuffer(),
    lambda: io.BufferedRWPair(io.BytesIO(words), io.BytesIO()), lambda: io.IncrementalNewlineDecoder(None, True), lambda: codecs.getincrementaldecoder('utf-8')(), lambda: codecs.getincrementaldecoder('euc_jp')(), lambda: codecs.getincrementalencoder('iso2022_jp')(), lambda: codecs.getreader('gbk')(io.BytesIO(words)),
    db, lambda: db().cursor(), lambda: db().execute('select * from t'), lambda: sqlite3.Row(db().execute('select 1 as a'), (1,)), lambda: ssl.create_default_context(), ssl.MemoryBIO, ssl_object, pair, select.poll, select.epoll, lambda: os.scandir('/'), lambda: next(os.scandir('/')), lambda: os.stat('/'),
    lambda: datetime.datetime.now(), lambda: datetime.timedelta(1, 2), lambda: datetime.timezone.utc, lambda: zoneinfo.ZoneInfo('Europe/Paris'), lambda: zoneinfo.ZoneInfo, parser, lambda: symtable.symtable('a = 1\ndef f(b): return b', 'f', 'exec'), lambda: ast.parse('a = b + 1'), lambda: decimal.getcontext(), lambda: fractions.Fraction(1, 3), lambda: string.Formatter(),
    lambda: sys.implementation, lambda: sys.modules, lambda: os.environ, lambda: sys.stderr, lambda: gc.get_stats(), lambda: type(sys), lambda: sys.path, lambda: builtins_of(), lambda: warnings.catch_warnings(), lambda: copy.copy, lambda: traceback.TracebackException.from_exception(error()),
]


def builtins_of():
    return dict(vars(__import__('builtins')))


class Shared(callables.Fuzz):
    """One thread's view: the pool, the objects of the round and what can be called are common to all."""
    def twin(self, seed):
        t = copy.copy(self)
        t.r = random.Random(seed)
        t.depth = 0
        return t

    def value(self, depth=0):
        if depth == 0 and self.r.random() < .25 and self.now:
            return self.r.choice(self.now)
        return super().value(depth)

    def step(self):
        r, now = self.r, self.now
        if not now or r.random() < .1:
            return super().step()
        x = r.choice(now)
        args = [self.value() for i in range(r.choice((0, 0, 0, 1, 1, 1, 2, 2, 3)))]
        k = r.random()
        if k < .15:
            f = r.choice(self.OPS)
            args = [x] + args
        else:
            names = self.names(type(x)) if not isinstance(x, type) or k < .3 else self.names(x)
            if not names:
                return
            attr = r.choice(names)
            if k < .2 and args and type(x) not in (types.FrameType, types.ModuleType):
                return setattr(x, attr, args[0])
            if k < .22:
                return delattr(x, attr)
            f = getattr(x, attr)
            if not callable(f) or getattr(f, '__name__', '') in NEVER:
                return self.keep(f)
        if any(isinstance(a, int) and a > 1 << 16 for a in args):
            return
        if getattr(f, '__name__', '') in NEVER:
            return
        y = f(*args)
        if r.random() < .3:
            self.keep(y)
        if r.random() < .1:
            for i, z in enumerate(y):
                if i > 5: break

    def names(self, c):
        l = self.known.get(c)
        if l is None:
            l = self.known[c] = [n for k in c.__mro__[:4] for n in sorted(k.__dict__) if n not in NEVER and n != '__del__']
        return l

    def work(self, state):
        while not state['stop']:
            state['steps'] += 1
            try:
                self.depth = 0
                self.step()
            except BaseException as e:
                try:
                    if self.r.random() < .05: self.keep(e)
                except BaseException: pass


def main():
    global loop
    p = argparse.ArgumentParser()
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--seconds', type=float, default=15)
    p.add_argument('--threads', type=int, default=4)
    p.add_argument('--round', type=float, default=.3)
    p.add_argument('--only', default='')
    p.add_argument('--log')
    a = p.parse_args()
    warnings.simplefilter('ignore')
    log = os.open(a.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o644) if a.log else 2
    if os.path.exists('Makefile'): os.chdir(tempfile.mkdtemp(prefix='fuzz-'))  # by hand: calls make files of any name
    null = os.open('/dev/null', os.O_RDWR)
    own = fcntl.fcntl(2, fcntl.F_DUPFD, 500) # sys.stderr is among the objects, and is closed with its descriptor
    os.dup2(null, 0)
    os.dup2(null, 1)
    sys.setrecursionlimit(300)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 24, 1 << 24))
    for s in (signal.SIGXFSZ, signal.SIGPIPE):
        signal.signal(s, signal.SIG_IGN)
    sys.unraisablehook = sys.excepthook = threading.excepthook = lambda *a: None
    faulthandler.dump_traceback_later(a.seconds + 25, exit=True, file=os.dup(2))
    loop = asyncio.new_event_loop()
    keep.append(Weak())
    base = Shared(a.seed, None, None)
    base.known = {}
    base.now = []
    r = random.Random(a.seed)
    states = []
    def start(i):
        s = {'stop': False, 'steps': 0, 'seen': -1, 'since': time.monotonic()}
        states.append(s)
        threading.Thread(target=base.twin(a.seed * 1000 + i).work, args=(s,), daemon=True).start()
    # What the threads change behind everybody's back must not be what this thread needs.
    write, monotonic, sleep, leave, makers, exists = os.write, time.monotonic, time.sleep, os._exit, MAKE, len
    for i in range(a.threads):
        start(i)
    end, started = monotonic() + a.seconds, a.threads
    while monotonic() < end:
        try:
            made = [r.randrange(len(makers)) for i in range(r.choice((1, 2, 2, 3)))]
            if a.only:
                made = [i for i in range(len(makers)) if str(i) in a.only.split(',')] or made
            now = []
            for i in made:
                try: now.append(makers[i]())
                except BaseException: pass
            write(log, f'{made} {[type(x).__name__ for x in now]}\n'.encode('utf-8', 'replace'))
            base.now[:] = now
            sleep(a.round)
            for s in states[:]:
                if s['steps'] != s['seen']: s['seen'], s['since'] = s['steps'], monotonic()
                elif monotonic() - s['since'] > 2 and started < 60:
                    s['stop'] = True
                    states.remove(s)
                    start(started)
                    started += 1
        except BaseException: # some of it comes from what the threads have changed
            pass
    try: write(own, f'done: {sum(s["steps"] for s in states)} steps, {started} threads\n'.encode())
    except BaseException: pass
    leave(0)

if __name__ == '__main__':
    say, depart, kinds, show = os.write, os._exit, type, traceback.format_exception
    try:
        main()
    except BaseException as e: # sys.excepthook says nothing, and what the threads have changed may keep it from ending in its usual way
        try: say(2, f'main thread: {kinds(e).__name__} {e.args!r}\n{"".join(show(e))}'.encode('utf-8', 'replace'))
        finally: depart(3)
