# time: 120
# A cached module that was damaged: cut off anywhere, a byte changed anywhere. It is compiled again, or an error says what is wrong; it never runs as something else.
import importlib, importlib.util, importlib.machinery, marshal, os, random, struct, subprocess, sys, tempfile, time
sys.dont_write_bytecode = False
MAGIC = importlib.util.MAGIC_NUMBER
SOURCE = '''
"""doc"""
def f(a, *b, c=1.5, **d):
    try:
        return [a for a in b if a] + list(d)
    finally:
        c = lambda: a
class A:
    x: int = 10 ** 30
    def m(self): return super().__repr__(), b"bytes", 'é\\u20ac', (1, (2, frozenset({3})))
async def g():
    async with x as y: yield await y
done = f(1, 2, e=3) == [2, 'e']
'''


def trial(path, cache, data, name, counts):
    with open(cache, 'wb') as f:
        f.write(data)
    sys.modules.pop(name, None)
    importlib.invalidate_caches()
    try:
        m = importlib.import_module(name)
    except (ValueError, EOFError, TypeError, ImportError, MemoryError) as e:
        key = type(e).__name__
    else:
        assert m.done is True, data
        key = 'imported'
    counts[key] = counts.get(key, 0) + 1


with tempfile.TemporaryDirectory() as d:
    sys.path.insert(0, d)
    path = os.path.join(d, 'damaged.py')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(SOURCE)
    importlib.import_module('damaged')
    cache = importlib.util.cache_from_source(path)
    with open(cache, 'rb') as f:
        whole = f.read()
    assert len(whole) > 500, len(whole)
    counts = {}
    for n in range(len(whole)):
        trial(path, cache, whole[:n], 'damaged', counts)
    # A header that is cut off or says something else is like none: compiled again. A body that is cut off is an error.
    print('cut', counts['imported'] >= 12, 'EOFError' in counts, set(counts) <= {'imported', 'EOFError', 'ValueError', 'TypeError'}) # expect: cut True True True
    counts = {}
    for i in range(len(whole)):
        for bit in (1, 1 << i % 8, 255):
            b = bytearray(whole)
            b[i] ^= bit
            trial(path, cache, bytes(b), 'damaged', counts)
    print('changed', set(counts) <= {'imported', 'EOFError', 'ValueError', 'TypeError', 'ImportError'}, counts['imported'] <= 200) # expect: changed True True
    # What follows the code is nobody's.
    trial(path, cache, whole + b'more', 'damaged', c := {})
    print(c) # expect: {'imported': 1}
    # Without the source too.
    os.remove(path)
    plain = os.path.join(d, 'damaged.pyc')
    counts = {}
    r = random.Random(1)
    for i in list(range(20)) + [r.randrange(len(whole)) for k in range(300)]:
        b = bytearray(whole)
        b[i] ^= 1 << r.randrange(8)
        trial(path, plain, bytes(b) if i % 3 else bytes(b[:i]), 'damaged', counts)
    print('no source', set(counts) <= {'imported', 'EOFError', 'ValueError', 'TypeError', 'ImportError'}, counts['imported'] <= 20) # expect: no source True True
    # As the program itself.
    seen = set()
    for cut in (whole[:3], whole[:20], whole[:len(whole) // 2], whole[:16] + b'N', whole[:16] + bytes(50), whole[:100] + b'\xff\xff\xff\x7f' + whole[104:], b''):
        with open(plain, 'wb') as f:
            f.write(cut)
        p = subprocess.run([sys.executable, plain], capture_output=True, text=True)
        seen.add((p.returncode, 'Traceback' in p.stderr or 'Error' in p.stderr))
    print(seen) # expect: {(1, True)}
    # Modules of the library: their caches elsewhere, damaged in places.
    os.remove(plain)
    old, sys.pycache_prefix = sys.pycache_prefix, os.path.join(d, 'prefix')
    counts = {}
    for name in ('bisect', 'colorsys', 'textwrap', 'this'.replace('this', 'reprlib'), 'heapq', 'shlex'):
        spec = importlib.machinery.PathFinder.find_spec(name)
        cache = importlib.util.cache_from_source(spec.origin)
        os.makedirs(os.path.dirname(cache), exist_ok=True)
        good = spec.loader.get_code(name)
        header = MAGIC + struct.pack('<III', 0, int(os.stat(spec.origin).st_mtime), os.stat(spec.origin).st_size & 0xffffffff)
        whole = header + marshal.dumps(good)
        for k in range(150):
            b = bytearray(whole)
            if k % 3 == 0: del b[r.randrange(len(b)):]
            else:
                for j in range(r.choice((1, 1, 4, 30))): b[r.randrange(16, len(b))] = r.randrange(256)
            with open(cache, 'wb') as f:
                f.write(b)
            try:
                code = spec.loader.get_code(name)
            except (EOFError, ValueError, TypeError, ImportError) as e:
                key = 'error'
            else:
                key = 'code' if code == good else 'wrong'
            counts[key] = counts.get(key, 0) + 1
    sys.pycache_prefix = old
    print('library', 'wrong' not in counts, counts['error'] > 700) # expect: library True True
