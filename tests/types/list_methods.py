# Lists: construction, indexing, slices, methods, messages.
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)

def run(src):
    ns = {'L': [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]}
    try:
        exec(src, ns)
        print(src, '->', ns['L'])
    except Exception as e:
        print(src, '!!', type(e).__name__, e, ns['L'])

L = list(range(10))
for e in ['L[0]', 'L[-1]', 'L[10]', 'L[-11]', 'L[2:5]', 'L[::-1]', 'L[8:2:-2]', 'L[::3]', 'L[-3:]', 'L[5:2]', "L['a']", 'L[1.0]', 'L[True]',
          'L[10**30]', 'L[10**30:]', 'L[:10**30]', 'L[::0]', 'L[1:2.5]', 'L + [1]', 'L + (1,)', 'L * 2', '3 * [1]', 'L * -1', 'L * 1.5', '[] * 10**30', 'L.index(3)',
          'L.index(3, 4)', 'L.index(3, -10, 4)', 'L.index(99)', "L.index('x')", 'L.index()', 'L.count(3)', 'L.count(3.0)', '3 in L', '33 in L', 'L == list(range(10))',
          'L != L', 'L < [0, 1, 3]', 'L >= []', 'L < (1,)', '[1, 2] < [1, "a"]', '[[1], [2]] == [[1], [2]]', 'hash(L)', 'len(L)', 'list()', 'list("abc")', 'list(3)',
          'list(1, 2)', 'list(x=1)', 'list((1, 2))', 'list({1: 2})', 'L.append()', 'L.append(1, 2)', 'L.insert(1)', 'L.insert("a", 1)', 'L.pop(1.5)', '[].pop()',
          'L.pop(99)', 'L.remove(99)', 'L.sort(1)', 'L.sort(key=3)', 'L.sort(cmp=3)', 'L.__getitem__(2)', 'L.__len__()', 'L.__contains__(3)', 'list.append([], 1)',
          'list.append(1, 1)', 'list[int]', 'L.__sizeof__() > 0', 'L.copy() is L', 'list.__doc__', 'list.append.__doc__', 'list.append.__text_signature__',
          'list.sort.__text_signature__', 'list.__new__(list)', 'list.__new__(int)', 'list(reversed(L))', 'list(iter(L))', 'L.x', 'L.extend(3)']:
    t(e, L=L)

for s in ['L.append(10)', 'L.extend((1, 2))', 'L.extend(L)', 'L.extend(x * x for x in range(3))', 'L.insert(0, 99)', 'L.insert(-1, 99)', 'L.insert(100, 99)', 'L.insert(-100, 99)',
          'L.pop()', 'L.pop(0)', 'L.pop(-2)', 'L.remove(5)', 'L.reverse()', 'L.clear()', 'del L[0]', 'del L[-1]', 'del L[10]', 'del L[2:5]', 'del L[::2]', 'del L[::-3]',
          'del L[8:1:-2]', 'del L[:]', 'L[0] = 5', 'L[10] = 5', "L['a'] = 5", 'L[2:5] = []', 'L[2:5] = [1, 2, 3, 4, 5, 6]', 'L[2:2] = "abc"', 'L[::2] = range(5)',
          'L[::2] = range(4)', 'L[::2] = 3', 'L[1:2] = 3', 'L[::-1] = L', 'L[:] = L', 'L[5:2] = [7]', 'L += [1]', 'L += "ab"', 'L += 3', 'L *= 2', 'L *= 0', 'L *= -5',
          'L.sort(reverse=True)', 'L.sort(key=lambda x: -x)', 'L.sort(key=lambda x: x % 3)', 'L.sort(key=lambda x: x % 3, reverse=True)', 'del L["a"]', 'del L[10**30]',
          'L[10**30] = 1', 'L.__setitem__(1, 2)', 'L.__delitem__(1)', 'L.__iadd__([5])', 'L.__init__()', 'L.__init__((1, 2))', 'L[-1] = L[-2]']:
    run(s)

L = [1]
L.append(L)
print(L, [L], (L,))
print(L == L)
M = [1]
M.append(M)
try:
    print(L == M)
except RecursionError as e:
    print('RecursionError', str(e)[:45])

# An iterator sees growth, and ends for good.
L = [1, 2]
it = iter(L)
print(next(it), it.__length_hint__())
L.append(3)
print(list(it), list(it), it.__length_hint__())
L.append(4)
print(list(it))
it = reversed([1, 2, 3])
print(next(it), it.__length_hint__(), list(it), list(it))
it = iter([1, 2, 3]); next(it)
print(it.__reduce__()[1:]); list(it); print(it.__reduce__()[1:])
it = reversed([1, 2, 3]); next(it)
print(it.__reduce__()[1:])

# The list looks empty while it is sorted, and changes to it are noticed.
L = [3, 1, 2]
seen = []
def key(x):
    seen.append(list(L))
    return x
L.sort(key=key)
print(L, seen)
L = [3, 1, 2]
def bad(x):
    L.append(9)
    return x
try:
    L.sort(key=bad)
except ValueError as e:
    print(e, L)
def fails(x):
    raise KeyError(x)
L = [3, 1, 2]
try:
    L.sort(key=fails)
except KeyError as e:
    print(repr(e), L)
try:
    [1, 'a', 2].sort()
except TypeError as e:
    print(e)

# Removing while comparing.
class Eq:
    def __eq__(self, other):
        L.clear()
        return False
L = [Eq(), Eq(), 3]
print(3 in L, L)
L = [1, Eq(), 3]
try:
    L.remove(3)
except ValueError as e:
    print(e, L)

class Sub(list):
    def __getitem__(self, i): return 'item'
    def __iter__(self): return iter('iter')
s = Sub([1, 2, 3])
print(s[0], list(s), s, s + [4], type(s * 2), type(s[:]), s.copy(), type(s.copy()), [] + s, len(s))
s.attr = 5
print(s.attr, s.__dict__, s == [1, 2, 3])
