# enumerate, reversed, map, filter, zip, iter().
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
class Seq:
    def __init__(self, n): self.n = n
    def __len__(self): return self.n
    def __getitem__(self, i):
        if i >= self.n: raise IndexError
        return i * 10
class NoRev:
    __reversed__ = None
class Rev:
    def __reversed__(self): return 'rev'
for e in ['list(enumerate("abc"))', 'list(enumerate("ab", 5))', 'list(enumerate("ab", start=10**30))', 'list(enumerate("ab", 2**61 - 1))', 'enumerate()', 'enumerate(5)', 'enumerate("a", "b")', 'enumerate("a", 1, 2)',
          'list(enumerate(iterable="ab"))', 'enumerate("ab", foo=1)', 'enumerate("ab").__reduce__()[1][1]', 'enumerate[int]', 'list(reversed([1, 2, 3]))', 'list(reversed((1, 2)))', 'list(reversed("abc"))', 'list(reversed(Seq(3)))',
          'reversed(5)', 'reversed({1})', 'reversed(NoRev())', 'reversed(Rev())', 'reversed()', 'reversed([], [])', 'reversed(x=1)', 'reversed("ab").__length_hint__()', 'reversed((1, 2)).__reduce__()[1:]', 'list(Seq(3))', 'list(iter(Seq(2)))',
          'iter(Seq(3)).__length_hint__()', 'iter(Seq(3)).__reduce__()[1][0].n', 'iter(5)', 'iter()', 'iter(5, 6)', 'list(iter(iter([1, 2, 3, 4]).__next__, 3))', 'type(iter(int, 1)).__name__', 'type(iter(Seq(1))).__name__',
          'list(map(str, [1, 2]))', 'list(map(max, [1, 5], [3, 2]))', 'list(map(lambda *a: a, [1, 2, 3], "ab", range(9)))', 'map()', 'map(str)', 'map(str, 5)', 'list(map(5, [1]))', 'map(str, [], x=1)', 'list(map(lambda *a: len(a), *[[1]] * 10))',
          'list(filter(None, [0, 1, "", "a"]))', 'list(filter(bool, [0, 1]))', 'list(filter(lambda x: x > 1, [1, 2, 3]))', 'filter()', 'filter(None)', 'filter(None, 5)', 'filter(None, [], [])', 'filter(function=None, iterable=[])', 'list(filter(1, [1]))',
          'list(zip())', 'list(zip([1]))', 'list(zip([1, 2], "ab"))', 'list(zip([1, 2, 3], "ab"))', 'list(zip([1, 2, 3], "ab", strict=True))', 'list(zip([1], "ab", strict=True))', 'list(zip([1], "a", [1, 2], strict=True))',
          'list(zip([1, 2], "ab", [1], strict=True))', 'list(zip(strict=True))', 'zip(5)', 'zip([], 5)', 'zip([], foo=1)', 'zip([1], strict=True).__reduce__()[2]', 'len(zip([1]).__reduce__())', 'next(iter([]), "dflt")', 'next(iter([]))',
          'next(5)', 'list(zip(*[iter(range(6))] * 2))', 'map.__doc__', 'sum(map(int, "123"))', 'dict(zip("ab", [1, 2]))', 'enumerate.__doc__']:
    t(e, Seq=Seq, NoRev=NoRev, Rev=Rev)
z = zip([1, 2, 3], 'abc')
kept = list(z)
print(kept, kept[0] is kept[1])
print([p for p in zip(range(3), range(3))], [a + b for a, b in zip(range(3), range(3))])
e = enumerate('abc')
x = next(e); y = next(e)
print(x, y, list(e), list(e))
def gen():
    yield 1
    raise ValueError('gen')
for it in (map(str, gen()), filter(None, gen()), zip(gen()), enumerate(gen()), zip([1, 2], gen())):
    try:
        while True: print(next(it), end=' ')
    except ValueError as err: print(type(it).__name__, err)
class Stop:
    def __init__(self): self.n = 0
    def __call__(self):
        self.n += 1
        if self.n > 3: raise StopIteration
        return self.n
it = iter(Stop(), 99)
print(list(it), list(it))
it = iter([1, 2, 3].pop, 1)
print(list(it), it.__reduce__()[1])
class M(map):
    def __init__(self, *a, **k): self.k = k
m = M(str, [1], x=1)
print(list(m), m.k)
