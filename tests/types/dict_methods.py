# Dicts: methods, views, iteration under change, merging, messages.
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)

D = {'a': 1, 'b': 2, 3: 'c', (1, 2): None, 1.5: 'f'}
for e in ["D['a']", "D['zz']", 'D[[]]', 'D[3.0]', 'D[True]', "D.get('a')", "D.get('z')", "D.get('z', 5)", 'D.get()', 'D.get([])', "'a' in D", '[] in D', 'len(D)', 'list(D)', 'D.keys()',
          'D.values()', 'D.items()', 'list(reversed(D))', 'list(reversed(D.items()))', 'D == dict(D)', 'D != {}', 'D < {}', 'dict()', 'dict([(1, 2), [3, 4]])', 'dict([(1, 2, 3)])',
          'dict([1])', 'dict(5)', 'dict(a=1, b=2)', 'dict({1: 2}, a=3)', 'dict(1, 2)', "dict(['ab', 'cd'])", "dict(['abc'])", 'hash(D)', 'D | {9: 9}', '{9: 9} | D', 'D | 5', 'D | [(1, 2)]',
          'dict.fromkeys("abc")', 'dict.fromkeys([1, 2], 0)', 'dict.fromkeys(5)', 'dict.fromkeys()', '{}.popitem()', 'D.pop("nope")', 'D.pop("nope", 7)', 'D.pop()', '{}.pop(1)', 'D.setdefault([])',
          'D.update(5)', 'D.update([1])', 'D.update(1, 2)', 'D.copy() == D', 'dict[str, int]', 'D.__contains__("a")', 'D.__getitem__("a")', 'D.__missing__', 'D.fromkeys("ab", 1)',
          'D.keys() & {"a", "zz"}', 'D.keys() | {"a"}', 'D.keys() - {"a", "b"}', '{"a", 5} & D.keys()', '{"a", 5} - D.keys()', 'sorted({1: 1, 2: 2}.keys() ^ {2, 3})', 'D.items() & [("a", 1)]',
          '("a", 1) in D.items()', '("a", 2) in D.items()', '"a" in D.items()', '1 in D.values()', 'D.keys() == set(D)', 'D.keys() <= set(D)', 'D.keys() < set(D)', 'D.keys() >= {"a"}', 'D.keys() > {"a"}',
          'D.keys() == list(D)', 'D.keys().isdisjoint({1})', 'D.keys().isdisjoint(["a"])', 'D.items().isdisjoint([])', 'len(D.values())', 'D.keys().mapping', 'type(D.keys().mapping)', 'hash(D.keys())',
          'D.values() == D.values()', 'D.keys() & 5', 'sorted({1: 2}.items() ^ {1: 3}.items())', '{1: []}.items() & {1: []}.items()', 'dict.get.__text_signature__', 'dict.pop.__text_signature__',
          'dict.fromkeys.__text_signature__', 'dict.setdefault.__doc__', 'type({}.keys())()', 'D.__sizeof__() > 0', 'dict(**{"x": 1})', 'dict(**{1: 2})', '{**D, "a": 9}', 'D.get("a", default=1)']:
    t(e, D=dict(D))

def change(src, **more):
    ns = {'D': {'a': 1, 'b': 2, 'c': 3}, **more}
    try:
        exec(src, ns)
        print(src, '->', ns['D'])
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
for s in ['D["d"] = 4', 'D["a"] = 9', 'del D["b"]', 'del D["z"]', 'del D[[]]', 'D[[]] = 1', 'D.pop("a")', 'D.popitem()', 'D.setdefault("a", 5)', 'D.setdefault("z")', 'D.setdefault("z", 5)',
          'D.update(z=1)', 'D.update({"a": 0, "q": 1})', 'D.update([("a", 5)])', 'D.update({"x": 1}.items())', 'D |= {"a": 7}', 'D |= [("k", 1)]', 'D |= 5', 'D.clear()', 'D.update(D)',
          'for k in D: D[k + "x"] = 1', 'for k in D: del D[k]', 'for k in D: D[k] = 0', 'for k in list(D): del D[k]', 'for k, v in D.items(): D.pop(k)', 'for v in D.values(): D.clear()',
          'for k in D: D.pop(k); D[k] = 1', 'D.__init__(a=5)', 'D.__setitem__("n", 1)', 'D.__delitem__("a")', 'D.__ior__([("k", 2)])']:
    change(s)

# Order: insertion, kept by updates, lost by deletion.
d = {}
for i in range(20): d[i] = i
for i in range(0, 20, 2): del d[i]
for i in range(0, 6, 2): d[i] = -i
print(d, list(reversed(d)))
while d: print(d.popitem(), end=' ')
print(d)
d = {str(i): i for i in range(1000)}
for i in range(0, 1000, 3): del d[str(i)]
print(len(d), sum(d.values()), list(d)[:5], list(d)[-3:])
d['new'] = 1
print(list(d)[-1], d['998'], '999' in d)
d = {1: 'a', 1.0: 'b', True: 'c'}
print(d)
d = {}
d[d.__class__] = d
print(d)
d = {'x': 1}; d['self'] = d; d['l'] = [d]
print(d)

class Missing(dict):
    def __missing__(self, key): return ('missing', key)
m = Missing(a=1)
print(m['a'], m['b'], m.get('b'), 'b' in m, m)
class Sub(dict):
    def __getitem__(self, k): return 'overridden'
    def keys(self): return ['only']
    def __iter__(self): return iter(['one', 'two'])
s = Sub(a=1)
print(dict(s), {**s}, s | {}, type(s | {}), type(s.copy()), s.get('a'), s, len(s), {} | s)
class NotSub:
    def keys(self): return 'ab'
    def __getitem__(self, k): return k * 2
print(dict(NotSub()))
x = {}; x.update(NotSub(), c=1); print(x)
try: {**5}
except TypeError as e: print(e)
def f(**kw): return kw
try: f(**{'a': 1}, **{'a': 2})
except TypeError as e: print(e)

# Keys whose __eq__ changes the dict.
class Evil:
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, other):
        target.clear()
        return False
target = {}
target[Evil(1)] = 1
target[Evil(2)] = 2
print(len(target))
class K:
    def __init__(self, v): self.v = v
    def __hash__(self): return hash(self.v) % 4
    def __eq__(self, o): return isinstance(o, K) and self.v == o.v
    def __repr__(self): return f'K{self.v}'
d = {K(i): i for i in range(50)}
for i in range(0, 50, 3): assert d.pop(K(i)) == i
assert all((K(i) in d) == (i % 3 != 0) for i in range(50))
print(len(d), d[K(49)])
class BadHash:
    def __hash__(self): raise ValueError('no hash')
t('D[B()]', D={}, B=BadHash)
t('D.get(B())', D={}, B=BadHash)
class BadEq:
    def __hash__(self): return 5
    def __eq__(self, o): raise ZeroDivisionError('eq')
t('{5: 1}[B()]', B=BadEq)
t('B() in {5: 1}', B=BadEq)

# Iterators
it = iter({1: 1, 2: 2, 3: 3})
print(next(it), it.__length_hint__(), it.__reduce__()[1], list(it), it.__length_hint__(), it)  if False else print(next(it), it.__length_hint__(), it.__reduce__()[1], list(it), it.__length_hint__())
print(type(iter({})).__name__, type(iter({}.values())).__name__, type(iter({}.items())).__name__, type(reversed({})).__name__, type(reversed({}.items())).__name__)
d = {1: 2}
it = iter(d.items())
a = next(it)
print(a, list(it))
d = {i: i for i in range(5)}
pairs = list(d.items())
print(pairs, [p for p in d.items()], list(zip(d, d.values())))
print(dict(zip('abc', range(3))), dict(enumerate('ab')))
