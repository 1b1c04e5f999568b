# Sorting: every kind of key, stability, patterns.
import functools
seed = 42
def rnd(n):
    global seed
    seed = (seed * 1103515245 + 12345) % 2**31
    return (seed >> 8) % n

def check(data, key=None):
    a = list(data)
    a.sort(key=key)
    k = key or (lambda x: x)
    for i in range(len(a) - 1):
        assert not k(a[i + 1]) < k(a[i]), (len(a), i)
    b = sorted(enumerate(data), key=lambda p: (k(p[1]), p[0]))
    assert [x for _, x in b] == a
    r = sorted(data, key=key, reverse=True)
    c = sorted(enumerate(data), key=lambda p: p[0])
    assert sorted(r, key=key) is not r
    # reverse keeps equal items in order
    d = list(reversed(sorted(reversed(list(data)), key=key)))
    assert r == d
    return a

class Item:
    def __init__(self, v): self.v = v
    def __lt__(self, other): return self.v < other.v

for n in list(range(0, 70)) + [100, 127, 128, 500, 1000, 3000]:
    ints = [rnd(1000) for _ in range(n)]
    check(ints)
    check(list(range(n)))
    check(list(range(n, 0, -1)))
    check([i % 5 for i in range(n)])
    check([float(x) for x in ints])
    check([x / 3 - 100 for x in ints])
    check([str(x) for x in ints])
    check(['\u0100' + str(x) if x % 3 else str(x) for x in ints])
    check([(x % 7, str(x)) for x in ints])
    check([(str(x % 7), x, i) for i, x in enumerate(ints)])
    check([x if x % 2 else float(x) for x in ints])
    check([x * 2**70 for x in ints])
    check([[x] for x in ints])
    check(ints, key=lambda x: x % 10)
    check(ints, key=str)
    its = [Item(x) for x in ints]
    its.sort()
    assert [i.v for i in its] == sorted(ints)
    assert sorted(ints, key=functools.cmp_to_key(lambda a, b: b - a)) == sorted(ints, key=lambda x: -x)
# runs, galloping
a = list(range(0, 4000, 2)) + list(range(1, 4000, 2))
assert sorted(a) == list(range(4000))
a = list(range(2000)) + [5] * 100 + list(range(2000, 1000, -1)) + list(range(500))
assert sorted(a) == sorted(a, key=lambda x: (x,))
print(sorted([True, 0, 2.5, False, -1]))
print(sorted('hello'), sorted({3, 1, 2}), sorted({'b': 1, 'a': 2}))
print(sorted([(1, 'b'), (1, 'a'), (0, 'z')]), sorted([(), (1,), (0,), (0, 1)]))
nan = float('nan')
print(sorted([3.0, nan, 1.0, 2.0])[0:1] is not None)
for bad in ['sorted([1, "a"])', 'sorted([1], 2)', 'sorted()', 'sorted([1], key=1)', 'sorted(5)', 'sorted([None, 1])', 'sorted([1j, 2j])', 'sorted([(1, "a"), (1, 2)])', 'sorted([1], reverse="x")']:
    try:
        print(eval(bad))
    except Exception as e:
        print(bad, type(e).__name__, e)
print('done')
