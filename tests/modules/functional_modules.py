# functools, operator, bisect, heapq, _queue, abc: the native halves.
import functools, operator, _operator, bisect, heapq, abc, pickle, copy
from functools import *
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, globals(), ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
def show(*a, **k): return a, k
p = partial(show, 1, 2, a=3)
for e in ['p(4)', 'p(4, a=5)', 'p(b=6)', 'p()', 'p.func is show', 'p.args', 'p.keywords', 'partial()', 'partial(5)', 'partial(p, 9, c=1)(10)', 'partial(p, 9).args', 'partial(p, a=0).keywords', 'repr(partial(int, base=2))', 'partial(int, base=2)("101")', 'p.__reduce__()[2][1:]',
          'partial(partial(int))', 'partial[int]', 'p.__dict__', 'reduce(operator.add, [1, 2, 3])', 'reduce(operator.add, [], 5)', 'reduce(operator.add, [])', 'reduce(operator.add, 5)', 'reduce(operator.add)', 'reduce(operator.add, "abc", "x")',
          'sorted([3, 1, 2], key=cmp_to_key(lambda a, b: b - a))', 'cmp_to_key()', 'cmp_to_key(mycmp=lambda a, b: 0)(1) == cmp_to_key(lambda a, b: 0)(2)', 'cmp_to_key(1)(2) < 5', 'cmp_to_key(lambda a, b: a - b)(obj=5).obj', 'cmp_to_key(1)()', 'hash(cmp_to_key(1)(1))']:
    t(e)
q = partial(show); q.x = 1; print(q.x, q.__dict__, pickle.loads(pickle.dumps(partial(max, 1)))(5), copy.copy(partial(max, 3)).args)
class A:
    m = staticmethod(partial(show, 1))
print(A().m(2))
calls = []
@lru_cache(maxsize=3)
def f(x, y=0): calls.append((x, y)); return x + y
for x in [1, 2, 3, 1, 4, 2, 1]: f(x)
print(f.cache_info(), calls, f.cache_parameters(), f.__wrapped__.__name__, f.__name__)
print(f(1, y=2), f(1, y=2), f(1, 2), f(1.0), f.cache_info()); f.cache_clear(); print(f.cache_info())
t('f([])'); t('f()')
@lru_cache(maxsize=None, typed=True)
def g(*a, **k): return len(a)
g(1); g(1.0); g(1); g('a'); g(a=1); g(b=1); print(g.cache_info())
@lru_cache(maxsize=0)
def h(x): return x
h(1); h(1); print(h.cache_info())
@cache
def fib(n): return n if n < 2 else fib(n - 1) + fib(n - 2)
print(fib(100), fib.cache_info())
class C:
    @lru_cache(maxsize=2)
    def m(self, x): return x * 2
    @cached_property
    def cp(self): print('computed'); return 7
c = C(); print(c.m(4), c.m(4), C.m.cache_info(), c.cp, c.cp, copy.copy(f) is f, f.__reduce__())
@total_ordering
class T:
    def __init__(self, v): self.v = v
    def __eq__(self, o): return self.v == o.v
    def __lt__(self, o): return self.v < o.v
print(T(1) <= T(2), T(2) >= T(3), T(1) > T(0))
@singledispatch
def sd(x): return 'object'
@sd.register
def _(x: int): return 'int'
@sd.register(list)
def _(x): return 'list'
print(sd(1), sd([]), sd('a'), sd(True))

for e in ['operator.add(1, 2)', 'operator.add(1)', 'operator.truth([])', 'operator.not_(1)', 'operator.contains([1], 1)', 'operator.indexOf([1, 2], 2)', 'operator.indexOf([1], 5)', 'operator.countOf([1, 1], 1)', 'operator.countOf(5, 1)', 'operator.is_(None, None)', 'operator.index(True)',
          'operator.index(1.5)', 'operator.concat([1], [2])', 'operator.concat(1, 2)', 'operator.getitem([1, 2], 1)', 'operator.pow(2, 3)', 'operator.matmul(1, 2)', 'operator.lt(1, 2)', 'operator.iadd([1], [2])', 'operator.iconcat([1], [2])', 'operator.iconcat(1, 2)',
          'operator.length_hint([1, 2])', 'operator.length_hint(5, 7)', 'operator.length_hint(5, "a")', 'operator.call(max, 1, 2)', 'operator.call()', '_operator._compare_digest("a", "a")', '_operator._compare_digest(b"a", "a")', '_operator._compare_digest("\\xe9", "a")',
          'operator.itemgetter(1)([1, 2])', 'operator.itemgetter(1, 0)([1, 2])', 'operator.itemgetter("a")({"a": 5})', 'operator.itemgetter()', 'operator.itemgetter(5)([1])', 'operator.itemgetter(1)(5)', 'operator.itemgetter(1)', 'operator.itemgetter(1, "a")', 'operator.itemgetter(1)()',
          'operator.itemgetter(1)(1, 2)', 'operator.itemgetter(1)((1, 2, 3))', 'operator.itemgetter(-1)((1, 2, 3))', 'operator.itemgetter(slice(1, 3))("abcd")', 'operator.itemgetter(1).__reduce__()', 'operator.itemgetter(x=1)',
          'operator.attrgetter("real")(5)', 'operator.attrgetter("real", "imag")(5)', 'operator.attrgetter("__class__.__name__")(5)', 'operator.attrgetter(5)', 'operator.attrgetter()', 'operator.attrgetter("zz")(5)', 'operator.attrgetter("a.b", "c")', 'operator.attrgetter("a.b").__reduce__()',
          'operator.methodcaller("upper")("a")', 'operator.methodcaller("split", "b")("abc")', 'operator.methodcaller("split", sep="b", maxsplit=1)("abcbd")', 'operator.methodcaller()', 'operator.methodcaller(5)', 'operator.methodcaller("zz")(5)', 'operator.methodcaller("a", 1, b=2)',
          'operator.methodcaller("a", 1).__reduce__()', 'operator.add.__text_signature__', 'operator.add.__doc__', 'operator.inv(5)', 'operator.setitem([1], 0, 2)',
          'bisect.bisect([1, 2, 2, 3], 2)', 'bisect.bisect_left([1, 2, 2, 3], 2)', 'bisect.bisect([1, 2], 1.5)', 'bisect.bisect("abc", "b")', 'bisect.bisect([1, 2, 3], 2, 2)', 'bisect.bisect([1, 2, 3], 2, 0, 1)', 'bisect.bisect([1], 2, -1)', 'bisect.bisect([1, "a"], 2)', 'bisect.bisect()',
          'bisect.bisect([3, 2, 1], -2, key=lambda x: -x)', 'bisect.bisect([1, 2, 3], 2, lo=1, hi=2)', 'bisect.bisect((1, 2, 3), 2)', 'bisect.bisect([1, 2], 3, 0, 9)', 'bisect.bisect.__text_signature__',
          'heapq.heappop([])', 'heapq.heappush((1,), 2)', 'heapq.heapify(5)', 'heapq.heapreplace([], 1)', 'heapq.heappushpop([], 1)', 'heapq.heappushpop([2, 3], 1)', 'heapq.heappushpop([2, 3], 5)', 'heapq.nlargest(2, [1, 5, 3])', 'heapq.nsmallest(2, [4, 1, 3])', 'heapq.heappush([1], "a")',
          'list(heapq.merge([1, 4], [2, 3]))', 'heapq.heapreplace([1, 2], 5)']:
    t(e)
x = [1, 3]; bisect.insort(x, 2); bisect.insort_left(x, 3); bisect.insort(x, 0, key=lambda v: v); print(x)
seed = 7
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) % 2**31
    return (seed >> 8) % n
for make in (lambda v: v, float, str, lambda v: (v % 5, v), lambda v: [v]):
    h = []
    data = [make(rnd(1000)) for _ in range(300)]
    for d in data: heapq.heappush(h, d)
    a = [heapq.heappop(h) for _ in range(len(h))]
    h = list(data); heapq.heapify(h); b = [heapq.heappop(h) for _ in range(len(h))]
    assert a == b == sorted(data)
    h = list(data); heapq._heapify_max(h); m = [heapq._heappop_max(h) for _ in range(len(h))]
    assert m == sorted(data, reverse=True)
h = [5, 3, 8, 1]; heapq.heapify(h); print(h, heapq.heappushpop(h, 0), heapq.heapreplace(h, 9), h)
class Bad:
    def __lt__(self, o): hh.clear(); return False
hh = [Bad(), Bad(), Bad(), Bad()]
t('heapq.heapify(hh)')

from _queue import SimpleQueue, Empty
s = SimpleQueue()
for i in range(20): s.put(i)
print(s.qsize(), s.get(), s.get_nowait(), s.empty(), s.get(timeout=0.1), s.get(False), [s.get() for _ in range(15)])
s.put_nowait('x'); print(s.get(), s.get(), s.empty())
for e in ['s.get_nowait()', 's.get(False)', 's.get(timeout=0.01)', 's.get(timeout=-1)', 's.get(timeout="a")', 's.put()', 'SimpleQueue(5)', 'SimpleQueue[int]']: t(e, s=s, SimpleQueue=SimpleQueue)
print(Empty.__module__, Empty.__mro__[1].__name__)

class Base(abc.ABC):
    @abc.abstractmethod
    def f(self): pass
    @property
    @abc.abstractmethod
    def p(self): pass
class Half(Base):
    def f(self): pass
class Full(Half):
    p = 1
t('Base()', Base=Base); t('Half()', Half=Half); print(isinstance(Full(), Base), sorted(Base.__abstractmethods__), Full.__abstractmethods__)
class Virtual: pass
print(isinstance(Virtual(), Base), issubclass(Virtual, Base)); Base.register(Virtual)
print(isinstance(Virtual(), Base), issubclass(Virtual, Base), issubclass(type('VS', (Virtual,), {}), Base))
t('Base.register(5)', Base=Base); t('Half.register(Base)', Half=Half, Base=Base); t('issubclass(5, Base)', Base=Base)
from collections.abc import *
print(isinstance([], Sequence), isinstance({}, Mapping), isinstance(5, Hashable), isinstance([], Hashable), isinstance(iter([]), Iterator), issubclass(dict, MutableMapping), isinstance('a', Sequence), isinstance({1}, Set), isinstance(print, Callable))
class Hook(abc.ABC):
    @classmethod
    def __subclasshook__(cls, c): return True if hasattr(c, 'magic') else NotImplemented
class Magic: magic = 1
print(issubclass(Magic, Hook), issubclass(int, Hook), isinstance(Magic(), Hook))
class BadHook(abc.ABC):
    @classmethod
    def __subclasshook__(cls, c): return 5
t('issubclass(int, BadHook)', BadHook=BadHook)
class Seq2(Sequence):
    def __getitem__(self, i): return [1, 2][i]
    def __len__(self): return 2
match Seq2():
    case [a, b]: print('matched', a, b)
match Magic():
    case [*_]: print('no')
    case _: print('not a sequence')
