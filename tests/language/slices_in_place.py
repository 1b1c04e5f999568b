# Slices that are taken or assigned without a slice object: the same results, errors and error positions as with one.
import random
import traceback

def model(a, start, stop, step, v):
    """a[start:stop:step] = v by single items."""
    at = list(range(*slice(start, stop, step).indices(len(a))))
    if step in (None, 1):
        lo, hi, _ = slice(start, stop).indices(len(a))
        return [*a[:lo], *v, *a[max(lo, hi):]]
    for i, x in zip(at, v): a = [*a[:i], x, *a[i + 1:]]
    return a

rng = random.Random(4)
bounds = [None, *range(-9, 10), 40, -40, 2**70, -2**70, True]
for _ in range(4000):
    n = rng.randrange(9)
    a = [object() if rng.random() < .3 else i for i in range(n)]
    lo, hi, step = rng.choice(bounds), rng.choice(bounds), rng.choice((None, 1, 1, 1, 2, -1, -2, 2**70))
    at = list(range(*slice(lo, hi, step).indices(n)))
    want = [a[i] for i in at]
    assert a[lo:hi:step] == want and tuple(a)[lo:hi:step] == tuple(want), (a, lo, hi, step)
    if step is None: assert a[lo:hi] == want
    b, v = a[:], [str(i) for i in range(rng.randrange(5) if step in (None, 1) else len(at))]
    c = model(b, lo, hi, step, v)
    b[lo:hi:step] = v
    assert b == c, (a, lo, hi, step, v, b, c)
    b = a[:]
    if step in (None, 1):
        b[lo:hi] = b
        assert b == model(a, lo, hi, None, a)
text, data = 'abcdéf', b'abcdef'
for lo in bounds:
    for hi in bounds:
        for step in (None, 1, -1, 3):
            at = range(*slice(lo, hi, step).indices(6))
            assert text[lo:hi:step] == ''.join(text[i] for i in at) and data[lo:hi:step] == bytes(data[i] for i in at)
assert text[:] is text and data[:] is data and data[0:6:1] is data


class Seen(list):
    def __getitem__(self, k): return ('get', k)
    def __setitem__(self, k, v): print('set', k, v)

s = Seen()
print(s[1:2], s[1:2:3], s[:], s[::'x'])
s[1:2] = 5
s[::-1] = 6


class Index:
    def __init__(self, i): self.i = i
    def __index__(self): print('index', self.i); return self.i

a = list(range(10))
print(a[Index(2):Index(5)], a[Index(8):Index(2):Index(-2)])
a[Index(1):Index(3)] = 'xyz'
print(a)


class Changes:
    """Assigned while it changes the list that it is assigned to."""
    def __iter__(self):
        for i in range(3):
            a.clear()
            yield i

a[2:5] = Changes()
print(a)


class Dies:
    def __init__(self, name): self.name = name
    def __del__(self): print('dies', self.name, len(b))

b = [Dies(i) for i in range(4)]
b[1:3] = [7]
print(len(b))
b[:] = [1, 2, 3]

def fails(f):
    try: f()
    except Exception as e:
        print(''.join(traceback.format_exception_only(e)).strip())
        for line in traceback.format_tb(e.__traceback__)[1:]: print(line.split('\n', 1)[1].rstrip())

def step_zero(): return [1, 2][0:1:0]
def wrong_bound(): return [1, 2]['a':1]
nothing = None
def no_slices(): return nothing[1:2] + 1
def unhashable_no_more(): return {}[1:2]
def assign_int(): [1, 2][0:1] = 5
def assign_length(): [1, 2, 3][::2] = [1]
def assign_zero(): [1, 2, 3][::0] = [1]
def assign_tuple(): (1, 2)[0:1] = [1]
for f in (step_zero, wrong_bound, no_slices, unhashable_no_more, assign_int, assign_length, assign_zero, assign_tuple):
    for _ in range(2): fails(f)
