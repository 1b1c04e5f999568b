# itertools: values and messages.
import itertools, operator, warnings
from itertools import *
warnings.simplefilter('ignore')
def t(src, **ns):
    try:
        r = eval(src, globals(), ns)
        print(src, '->', repr(r))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
def L(it, n=20): return list(islice(it, n))
for e in ['L(accumulate([1, 2, 3]))', 'L(accumulate([1, 2, 3], operator.mul))', 'L(accumulate([1, 2], initial=10))', 'L(accumulate([], initial=None))', 'L(accumulate("abc"))', 'accumulate()', 'accumulate(5)', 'L(accumulate([1, "a"]))',
          'L(accumulate([1, 2, 3], func=max, initial=2))', 'L(batched("abcdefg", 3))', 'L(batched([], 2))', 'batched([], 0)', 'L(batched("abcd", 3, strict=True))', 'batched("a")', 'L(chain("ab", [1]))', 'L(chain())', 'L(chain.from_iterable(["ab", "cd"]))',
          'chain(x=1)', 'L(chain([1], 5))', 'chain[int]', 'L(combinations("abcd", 2))', 'L(combinations(range(3), 0))', 'L(combinations("ab", 3))', 'combinations("ab", -1)', 'combinations("ab")', 'L(combinations_with_replacement("abc", 2))',
          'L(combinations_with_replacement("", 2))', 'L(combinations_with_replacement("", 0))', 'L(permutations("abc"))', 'L(permutations("abc", 2))', 'L(permutations("ab", 3))', 'permutations("ab", "c")', 'permutations("ab", -1)', 'L(permutations([]))',
          'L(product("ab", [1, 2]))', 'L(product("ab", repeat=2))', 'L(product())', 'L(product("ab", []))', 'product("ab", repeat=-1)', 'product("ab", foo=1)', 'product(5)', 'L(compress("abcd", [1, 0, 1]))', 'compress("a")', 'L(count(), 3)', 'L(count(5, 2), 3)',
          'L(count(1.5), 2)', 'L(count(2**61 - 2), 4)', 'L(count(0, -1), 3)', 'L(count(10**30), 2)', 'L(count(1, 0.5), 3)', 'count("a")', 'count(5)', 'count(5, 2)', 'count(1.5)', 'count(10**30)', 'count(0, 1.5)', 'L(cycle("ab"), 5)', 'L(cycle([]), 5)', 'cycle()',
          'L(dropwhile(lambda x: x < 3, [1, 4, 1]))', 'L(takewhile(lambda x: x < 3, [1, 4, 1]))', 'L(filterfalse(None, [0, 1, 2]))', 'L(filterfalse(lambda x: x % 2, range(5)))', 'L(starmap(pow, [(2, 3), [3, 2]]))', 'L(starmap(pow, [5]))', 'dropwhile(1)',
          'takewhile(1, 2)', '[(k, list(g)) for k, g in groupby("aabbca")]', '[(k, list(g)) for k, g in groupby([1, 3, 2, 4], lambda x: x % 2)]', '[k for k, g in groupby("aabbca")]', 'groupby()', 'groupby(5)', 'groupby("a", key=None) is not None',
          'L(islice(range(10), 3))', 'L(islice(range(10), 2, 5))', 'L(islice(range(10), 2, None, 3))', 'L(islice(range(10), None))', 'islice([], -1)', 'islice([], 1, -1)', 'islice([], 1, 2, 0)', 'islice([], "a")', 'islice([])', 'islice([], 1, 2, 3, 4)',
          'islice([], 10**30)', 'L(pairwise("abcd"))', 'L(pairwise("a"))', 'pairwise()', 'L(repeat(5, 3))', 'L(repeat(5), 2)', 'repeat(5)', 'repeat(5, 3)', 'repeat(5, -1)', 'repeat(5, times=2).__length_hint__()', 'repeat(5).__length_hint__()', 'repeat()',
          'repeat(1, "a")', 'L(zip_longest("abc", [1]))', 'L(zip_longest("abc", [1], fillvalue="-"))', 'L(zip_longest())', 'zip_longest([], foo=1)', 'L(zip_longest([], [], []))', '[list(x) for x in tee("abc")]', '[list(x) for x in tee(range(200), 3)][2][-1]', 'tee([], 0)',
          'tee([], -1)', 'tee(5)', 'tee()', 'len(tee([], 5))', 'count(3).__reduce__()', 'repeat(1, 2).__reduce__()', 'combinations("abc", 2).__reduce__()', 'islice([1, 2, 3], 1, 2).__reduce__()[1][1:]', 'type(tee([])[0]).__name__',
          'accumulate.__doc__', 'chain.__doc__', 'islice.__doc__', 'tee.__doc__']:
    t(e)
# groups share the source
g = groupby('aaabbb')
k1, g1 = next(g)
print(next(g1), k1)
k2, g2 = next(g)
print(k2, list(g1), list(g2), list(g))
a, b = tee(iter('abc'))
print(next(a), next(a), next(b))
c = a.__copy__()
print(list(a), list(b), list(c))
it = combinations('abcde', 3)
x = next(it); y = next(it)
print(x, y, x is y, len(list(it)))
it = product('ab', 'cd')
print([p for p in it], [''.join(p) for p in product('ab', repeat=3)])
import pickle, copy
for mk in [lambda: accumulate([1, 2, 3, 4]), lambda: chain('ab', 'cd'), lambda: combinations('abcd', 2), lambda: permutations('abc'), lambda: product('ab', 'cd'), lambda: combinations_with_replacement('abc', 2), lambda: count(5),
           lambda: cycle('abc'), lambda: islice('abcdef', 1, 5), lambda: zip_longest('abc', 'a'), lambda: repeat(3, 5), lambda: compress('abcd', [1, 1, 1, 1]), lambda: dropwhile(bool, [1, 0, 3, 4]), lambda: takewhile(bool, [1, 2, 0, 4]),
           lambda: starmap(max, [(1, 2), (3, 4), (5, 6)]), lambda: filterfalse(None, [0, 0, 0]), lambda: groupby('aabb')]:
    it = mk()
    next(it)
    other = copy.copy(mk()) if False else pickle.loads(pickle.dumps(mk()))
    next(other)
    p = pickle.loads(pickle.dumps(it)) if type(it).__name__ != 'groupby' else it
    if type(it).__name__ != 'groupby':
        print(type(it).__name__, L(p, 6) == L(other, 6))
def reenter():
    yield 1
    yield next(T[0])
T = tee(reenter())
try:
    print(list(T[1]))
except (RuntimeError, ValueError) as e:
    print(type(e).__name__, e)
class I:
    def __init__(self): self.n = 0
    def __iter__(self): return self
    def __next__(self):
        self.n += 1
        if self.n == 2: raise KeyError('x')
        return self.n
for f in (lambda: chain(I()), lambda: islice(I(), 5), lambda: accumulate(I()), lambda: pairwise(I()), lambda: cycle(I()), lambda: zip_longest(I()), lambda: batched(I(), 3)):
    it = f()
    try:
        for x in it: print(x, end=' ')
    except KeyError as e: print(type(it).__name__, e)
