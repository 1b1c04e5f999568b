# time: 60
# Generators that hold generators, suspended or never started: what dies nests no deeper in C than anything else.
import gc, itertools
def plain(x): yield x
def guarded(x):
    try: yield x
    finally: pass
def deleg(x): yield from x
def each(x):
    for i in x: yield i
async def co(x): await x
def started(f):
    def make(x):
        g = f(x)
        next(g)
        return g
    return make
def chain(make, x, n=100_000):
    for i in range(n): x = make(x)
    return x
for label, make in {'suspended': started(plain), 'guarded': started(guarded), 'not started': plain, 'delegating': deleg, 'looping': each, 'expression': lambda x: (i for i in x)}.items():
    x = chain(make, iter([1]))
    del x
    x = [chain(make, iter([1]))]
    x.append(x)
    del x
    gc.collect()
    print(label, 'gone')
x = chain(each, iter([1]))
try: next(x)
except RecursionError as e: print(type(e).__name__)
del x
import warnings
warnings.simplefilter('ignore')
c = chain(co, iter([1]), 50_000)
try: c.send(None)
except (RecursionError, TypeError) as e: print(type(e).__name__)
del c
print('end')
# expect: suspended gone
# expect: guarded gone
# expect: not started gone
# expect: delegating gone
# expect: looping gone
# expect: expression gone
# expect: RecursionError
# expect: RecursionError
# expect: end
