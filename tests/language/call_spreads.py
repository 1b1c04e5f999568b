# f(*args, **kwargs) and *args/**kwargs parameters in every mix: values, ownership of the dict, order of errors.
import itertools
import sys

def a0(): return ()
def a1(a): return a,
def a2(a, b=2): return a, b
def s0(*r): return r
def s1(a, *r): return a, r
def k0(**k): return k
def k1(a, **k): return a, k
def k2(a, b=2, **k): return a, b, k
def sk(*r, **k): return r, k
def ask(a, b=2, *r, c, d=4, **k): return a, b, r, c, d, k
def ko(*, c, d=4): return c, d
def po(a, b=2, /): return a, b
def pok(a, b=2, /, **k): return a, b, k
def poa(a, /, b, *, c=3): return a, b, c

class C:
    def m(self, *r, **k): return type(self).__name__, r, k
    def n(self, a, b=2, *, c=3): return a, b, c
    def none(*r): return len(r), r[1:]
    def __call__(self, *r, **k): return 'call', r, k
    @classmethod
    def cm(cls, a=1, **k): return cls.__name__, a, k
    @staticmethod
    def sm(a=1, *r): return a, r
    def __init__(self, *r, **k): self.got = r, k
class D(C):
    def __init__(self, *r, **k): super().__init__(*r, **k); self.more = super().m(*r, **k)
def made(*r, **k): o = C(*r, **k); return o.got
def made_sub(*r, **k): o = D(*r, **k); return o.got, o.more

o = C()
functions = [a0, a1, a2, s0, s1, k0, k1, k2, sk, ask, ko, po, pok, poa, o.m, o.n, o.none, o, C.cm, C.sm, made, made_sub, lambda *r, **k: sk(*r, **k), dict, max]
positionals = [(), (1,), (1, 2), (1, 2, 3), [1, 2], iter((7, 8))]
keywords = [{}, {'a': 1}, {'b': 5}, {'c': 6}, {'a': 1, 'c': 3}, {'c': 3, 'd': 4, 'e': 5}, {'z': 0, 'y': 1}, {'ab'[0]: 9, ''.join('zz'): 3}]

def show(f, *x, **k):
    try: return f(*x, **k)
    except TypeError as e: return f'TypeError: {e}'

for f in functions:
    name = getattr(f, '__name__', type(f).__name__)
    for p, k in itertools.product(positionals, keywords):
        try: r = f(*p, **k)
        except TypeError as e: r = f'TypeError: {e}'
        print(name, p if type(p) is not type(iter(())) else 'iter', k, r)
for f in (a2, k2, sk, ask, o.m, o.n, C, o):
    for _ in range(3):
        print(f.__name__ if hasattr(f, '__name__') else 'o', *(type(r) is C or r for r in (show(f, 1, b=3), show(f, 1, c=3), show(f, 1, 2, 3, c=4, q=5), show(f, a=1), show(f, 1, *(2,), c=3, **{'w': 1}))))

# A dict that is passed on is the callee's own: it may change it.
def changes(**k): k['new'] = 1; k.pop('a', None); return k
mine = {'a': 1, 'b': 2}
print(changes(**mine), mine, changes(**dict(a=1)), changes(a=1, **{'b': 2}))
def keeps(**k): return k
kept = keeps(**mine)
print(kept == mine, kept is not mine)
def args_are(*r): return r
t = (1, 2, 3)
print(args_are(*t), args_are(0, *t))

# Keys that are no strings, equal but other strings, a subclass of str.
class S(str): pass
for k in ({1: 2}, {S('a'): 1}, {S('zz'): 1}, {None: 1}):
    for f in (a1, k0, k1, sk, o.m): print(show(f, **k) if all(isinstance(x, str) for x in k) else 'not str', end=' ')
    try: a1(**k)
    except TypeError as e: print(e)
    try: sk(**k)
    except TypeError as e: print(e)
    else: print()

class Mapping:
    def __init__(self, *keys): self.k = keys
    def keys(self): return self.k
    def __getitem__(self, x): return 'v' + x
class Broken(Mapping):
    def __getitem__(self, x): raise KeyError(x)
print(sk(**Mapping('p', 'q')), a1(**Mapping('a')), show(a1, **Mapping('b')))
for bad in (5, None, [1], Broken('a'), object):
    try: sk(**bad)
    except Exception as e: print(type(e).__name__, e)
    try: o.m(**bad)
    except Exception as e: print(type(e).__name__, e)
    try: sk(*bad)
    except Exception as e: print(type(e).__name__, e)
for call in ('a2(1, a=2)', 'a2(1, **{"a": 2})', 'k1(1, **{"a": 2})', 'sk(x=1, **{"x": 2})', 'sk(**{"x": 1}, **{"x": 2})', 'po(a=1)', 'pok(1, a=2)', 'pok(a=1)', 'ask(1)', 'o.n(1, 2, 3)', 'o.n()', 'o.n(**{"self": 1})'):
    for _ in range(2):
        try: print(call, eval(call))
        except TypeError as e: print(call, 'TypeError', e)

# Defaults whose dict has keys with an __eq__ of their own.
class Key:
    def __hash__(self): return hash('d')
    def __eq__(self, other): calls.append(len(sk(1, 2, 3)[0])); return False
calls = []
ko.__kwdefaults__ = {Key(): 1, 'd': 40}
print(ko(c=1), bool(calls)); calls.clear()
ko.__kwdefaults__ = {Key(): 1}
print(show(ko, c=1), bool(calls))
def many(*r, **k): return len(r), len(k)
print(many(*range(1000), **{f'k{i}': i for i in range(500)}))
big = eval('lambda ' + ', '.join(f'p{i}=0' for i in range(100)) + ', **k: (p0, p99, k)')
print(big(**{f'p{i}': i for i in range(100)}), big(*range(99), p99=5, z=1))

# Nothing leaks: counts of what was passed are as before.
x = object()
before = sys.getrefcount(x)
for _ in range(10):
    for f in (sk, k0, o.m, o, C.cm):
        for p, k in (((x,), {}), ((x, x), {'q': x}), ((), {'a': x, 'b': x})):
            try: f(*p, **k); f(*[*p], **{**k})
            except TypeError: pass
del p, k
print(sys.getrefcount(x) == before)
def generator(*r, **k):
    yield r
    yield k
print(list(generator(1, *(2, 3), a=4)), list(generator(**{'b': 5})))
