# _lsprof: counts of Python and native functions, callers and callees.
import cProfile, pstats, io
def leaf(n): return len(range(n))
def fact(n): return 1 if n <= 1 else n * fact(n - 1)
def work():
    for i in range(3):
        leaf(i)
    fact(5)
p = cProfile.Profile()
p.enable()
try:
    cProfile.Profile().enable()
except ValueError:
    print('one at a time')
work()
p.disable()
rows = {}
for e in p.getstats():
    name = e.code if isinstance(e.code, str) else e.code.co_name
    rows[name] = (e.callcount, e.reccallcount, e.totaltime >= e.inlinetime)
for name in ('work', 'leaf', 'fact', '<built-in method builtins.len>'):
    print(name, rows[name])
s = io.StringIO()
pstats.Stats(p, stream=s).print_stats('leaf')
print('(leaf)' in s.getvalue())
