# The first thread of a process starts in the midst of an operation, whose C code goes on with objects that are shared now; each in a process of its own.
# time: 120
from _soak import python, LONG

PRELUDE = """
import threading, gc
class Node: pass
heap = []
for i in range(300):
    n = Node(); n.i = i; n.d = {i: [i]}; n.me = n; heap.append(n)
seen = []
def start():
    def work():
        for n in heap:
            n.d[n.i].append(-1); n.x = [n.i]
        seen.append(sum(n.i for n in heap))
    if not seen:
        t = threading.Thread(target=work); t.start()
        local = [[i] for i in range(100)]
        t.join()
        assert all(local[i] == [i] for i in range(100))
"""
EPILOGUE = """
gc.collect()
assert seen == [sum(range(300))], seen
assert all(n.d == {n.i: [n.i, -1]} and n.x == [n.i] and n.me is n for n in heap)
print('ok')
"""
CASES = {
    "sort key": "l = heap[::-1]; l.sort(key=lambda n: (start(), n.i)[1]); assert l == heap",
    "sort comparison": """
class K:
    def __init__(s, v): s.v = v
    def __lt__(s, o): start(); return s.v < o.v
l = [K(i * 7 % 50) for i in range(50)]; l.sort(); assert [k.v for k in l] == sorted(i * 7 % 50 for i in range(50))""",
    "dict insert": """
class K:
    def __init__(s, v): s.v = v
    def __hash__(s): return 1
    def __eq__(s, o): start(); return s.v == o.v
d = {}
for i in range(20): d[K(i)] = i
for i in range(20): assert d[K(i)] == i""",
    "set of objects": """
class K:
    def __hash__(s): start(); return 5
    def __eq__(s, o): return s is o
s = {K() for i in range(20)}; assert len(s) == 20""",
    "finalizer": """
class F:
    def __del__(s): start()
l = [[F()], 1, 2]; l[:] = [3]; assert l == [3]""",
    "finalizer of a collection": """
class F:
    def __del__(s): start()
f = F(); f.me = f; g = F(); g.f = f; g.me = g; del f, g; gc.collect()""",
    "import": """
import sys, types, importlib.abc, importlib.util
class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(s, name, path, target=None): return importlib.util.spec_from_loader(name, s) if name == 'made' else None
    def create_module(s, spec): return None
    def exec_module(s, m): start(); m.value = 7
sys.meta_path.insert(0, Finder())
import made; assert made.value == 7""",
    "generator": """
def g():
    a = [1]; yield 1; start(); a.append(2); yield a
assert list(g()) == [1, [1, 2]]""",
    "extend": """
def g():
    for i in range(10):
        if i == 5: start()
        yield [i]
l = []; l.extend(g()); assert l == [[i] for i in range(10)]""",
    "map and zip": "assert list(zip(map(lambda n: (start(), n.i)[1], heap), heap))[7] == (7, heap[7])",
    "class body": """
class Meta(type):
    def __prepare__(n, b): start(); return {}
class C(metaclass=Meta):
    def f(s): return __class__
assert C().f() is C""",
    "str of a container": """
class R:
    def __repr__(s): start(); return 'R'
assert repr([R(), {1: R()}, (R(),)]) == '[R, {1: R}, (R,)]'""",
    "descriptor": """
class D:
    def __get__(s, o, c): start(); return [1]
class C: d = D()
assert C().d + C().d == [1, 1]""",
    "comparison of lists": """
class E:
    def __eq__(s, o): start(); return True
assert [E()] * 5 == [E()] * 5""",
    "json": """
import json
assert json.loads('[{"a": 1}, {"b": [2]}]', object_hook=lambda d: (start(), d)[1]) == [{'a': 1}, {'b': [2]}]""",
    "regular expression": "import re; assert re.sub('a', lambda m: (start(), 'b')[1], 'aaa') == 'bbb'",
    "weak reference's callback": """
import weakref
o = Node(); r = weakref.ref(o, lambda r: start()); l = [o]; del o; l.pop(); assert r() is None""",
    "exception handler": """
try: raise ValueError([1])
except ValueError as e:
    start(); assert e.args == ([1],) and e.__traceback__.tb_frame.f_code.co_name == '<module>'""",
    "foreign thread": """
import ctypes
libc = ctypes.CDLL(None)
FN = ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
@FN
def entry(arg):
    for n in heap:
        n.d[n.i].append(-1); n.x = [n.i]
    seen.append(sum(n.i for n in heap))
    return None
tid = ctypes.c_ulong()
assert libc.pthread_create(ctypes.byref(tid), None, entry, None) == 0
made = []
while not seen:
    m = Node(); m.l = [m]; made.append(m)
    if len(made) > 1000: del made[:900]
libc.pthread_join(tid, None)
assert all(m.l == [m] for m in made)""",
}
bad = {}
for round in range(5 if LONG else 1):
    for name, code in CASES.items():
        result = python(PRELUDE + code + EPILOGUE)
        if result != (0, "ok", ""):
            bad[name] = result
print(bad)  # expect: {}
