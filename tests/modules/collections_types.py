# collections: deque, defaultdict, OrderedDict, namedtuple, Counter.
from collections import *
import copy, pickle
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, globals(), ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
for e in ['deque()', 'deque("abc")', 'deque("abc", 2)', 'deque("abc", maxlen=0)', 'deque(maxlen=-1)', 'deque(maxlen="a")', 'deque(5)', 'deque(1, 2, 3)', 'deque("abc")[0]', 'deque("abc")[-1]', 'deque("abc")[3]', 'deque("abc")["a"]', 'deque("abc")[0:1]',
          'deque().pop()', 'deque().popleft()', 'deque("abc").index("b")', 'deque("abc").index("z")', 'deque("abcb").index("b", 2)', 'deque("abcb").count("b")', 'deque("abc").remove("z")', 'deque("ab") + deque("cd")', 'deque("ab") + "cd"', 'deque("ab") * 2',
          'deque("abc", 4) * 2', '2 * deque("ab")', 'deque("ab") == deque("ab")', 'deque("ab") < deque("ac")', 'deque("ab") == ["a", "b"]', 'deque("ab") != deque("a")', '"a" in deque("ab")', 'hash(deque())', 'len(deque("ab"))', 'deque("ab", 5).maxlen',
          'deque().maxlen', 'list(reversed(deque("abc")))', 'deque("abc").copy()', 'deque("abc", 2).copy().maxlen', 'deque(range(3)).__reduce__()[:3]', 'deque([1], 2).__reduce__()[:3]', 'deque[int]', 'copy.copy(deque([1, 2], 3))', 'pickle.loads(pickle.dumps(deque([1, 2], 3)))',
          'bool(deque())', 'deque(range(3)) >= deque(range(2))', 'deque.append.__doc__', 'deque(range(20))']:
    t(e)
def change(src):
    ns = {'D': deque(range(5)), 'M': deque(range(3), 3), 'deque': deque}
    try:
        exec(src, ns)
        print(src, '->', ns['D'], ns['M'])
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
for s in ['D.append(9)', 'D.appendleft(9)', 'M.append(9)', 'M.appendleft(9)', 'D.extend("ab")', 'D.extendleft("ab")', 'M.extend("ab")', 'D.extend(D)', 'D.extendleft(D)', 'D.pop()', 'D.popleft()', 'D.rotate()', 'D.rotate(2)', 'D.rotate(-2)', 'D.rotate(12)', 'D.rotate("a")',
          'D.reverse()', 'D.clear()', 'D.insert(0, "x")', 'D.insert(2, "x")', 'D.insert(-1, "x")', 'D.insert(99, "x")', 'M.insert(0, "x")', 'D.remove(2)', 'del D[0]', 'del D[2]', 'del D[-1]', 'del D[9]', 'D[1] = "x"', 'D[9] = 1', 'D += [1]', 'D *= 2', 'M *= 2', 'D *= 0',
          'for x in D: D.append(1)', 'for x in D: D.pop()', 'for x in D: D[0] = 7', 'D.__init__("ab")', 'D.__init__("abc", 2)', 'D.maxlen = 3', 'D += D']:
    change(s)
d = deque()
for i in range(1000):
    d.append(i)
    if i % 3 == 0: d.popleft()
    if i % 7 == 0: d.rotate(3)
    if i % 5 == 0: d.appendleft(-i)
print(len(d), sum(d), d[0], d[-1], d[len(d) // 2])
d = deque([1]); d.append(d); print(d)
it = iter(deque('abc')); print(next(it), it.__length_hint__(), it.__reduce__()[1])
class Evil:
    def __eq__(self, o): q.clear(); return False
q = deque([Evil(), 1])
t('q.index(5)'); q = deque([Evil(), 1]); t('q.remove(5)'); q = deque([Evil(), 1]); t('5 in q')
class SD(deque): pass
s = SD('ab'); s.x = 1; print(s, type(s.copy()).__name__, type(s + s).__name__, s.__reduce__()[2])

dd = defaultdict(list)
dd['a'].append(1); dd['a'].append(2)
print(dd, dd['zz'], len(dd), dd.get('q'), 'q' in dd, dd.copy(), type(dd.copy()).__name__)
for e in ['defaultdict()', 'defaultdict()["a"]', 'defaultdict(5)', 'defaultdict(None, a=1)', 'defaultdict(int, {1: 2}, b=3)', 'defaultdict(int) | {1: 2}', '{1: 2} | defaultdict(int)', 'defaultdict(int).default_factory', 'defaultdict(int).__missing__(5)', 'defaultdict[int, str]',
          'defaultdict(int).__reduce__()[:2]', 'copy.copy(defaultdict(int, a=1))', 'pickle.loads(pickle.dumps(defaultdict(int, a=1)))', 'defaultdict(lambda: 1/0)["a"]', 'defaultdict(int, [(1, 2)])', 'defaultdict(int, 1, 2)']:
    t(e)
class DM(defaultdict):
    def __missing__(self, k): return 'mine'
print(DM(int)['x'], dict(DM(int)))
r = defaultdict(); r['self'] = r; print(r)
c = defaultdict(int)
for ch in 'mississippi': c[ch] += 1
print(dict(c))

od = OrderedDict([('a', 1), ('b', 2), ('c', 3)])
od.move_to_end('a'); print(od); od.move_to_end('c', last=False); print(od)
for e in ['OrderedDict()', 'OrderedDict(a=1)', 'OrderedDict([("a", 1)]) == {"a": 1}', 'OrderedDict(a=1, b=2) == OrderedDict(b=2, a=1)', 'OrderedDict(a=1, b=2) == dict(b=2, a=1)', 'OrderedDict().popitem()', 'OrderedDict(a=1).pop("z")', 'OrderedDict(a=1).pop("z", 5)',
          'OrderedDict(a=1).pop("z", default=5)', 'OrderedDict(a=1, b=2).popitem(last=False)', 'OrderedDict(a=1, b=2).popitem()', 'OrderedDict(a=1).move_to_end("z")', 'OrderedDict(a=1).setdefault("b", 2)', 'OrderedDict.fromkeys("ab", 1)', 'list(reversed(OrderedDict(a=1, b=2)))',
          'list(reversed(OrderedDict(a=1, b=2).items()))', 'OrderedDict(a=1).keys()', 'OrderedDict(a=1).values()', 'OrderedDict(a=1).items()', 'OrderedDict(a=1) | {"b": 2}', '{"b": 2} | OrderedDict(a=1)', 'OrderedDict(1)', 'OrderedDict(1, 2)', 'OrderedDict(a=1).copy()',
          'copy.copy(OrderedDict(a=1))', 'pickle.loads(pickle.dumps(OrderedDict(a=1)))', 'OrderedDict(a=1).__reduce__()[:4]', 'OrderedDict(a=1).update(1)', 'OrderedDict({"a": 1}).update(a=2)', 'OrderedDict(a=1) != OrderedDict(a=1)', 'type(iter(OrderedDict())).__name__',
          'OrderedDict([(1, 2, 3)])', 'OrderedDict([1])', 'OrderedDict(a=1).keys() & {"a"}', 'OrderedDict[int, int]']:
    t(e)
od = OrderedDict.fromkeys(range(5))
for s in ['for k in od: od.move_to_end(k)', 'for k in od: del od[k]', 'for k in od: od[k + 100] = 1', 'for k in od: od[k] = 1']:
    od = OrderedDict.fromkeys(range(3))
    try:
        exec(s); print(s, od)
    except RuntimeError as e:
        print(s, e)
od = OrderedDict(); od['x'] = 1; od.attr = 5; print(od.attr, od.__dict__, od.__reduce__()[2])
od['self'] = od; print(od)
lru = OrderedDict()
for i in range(100):
    k = i * 7 % 13
    if k in lru: lru.move_to_end(k)
    lru[k] = i
    if len(lru) > 5: lru.popitem(last=False)
print(lru)
class MyOD(OrderedDict):
    def __setitem__(self, k, v): super().__setitem__(k, v * 10)
    def __delitem__(self, k): print('del', k); super().__delitem__(k)
m = MyOD(a=1); m.update(b=2); m['c'] = 3; del m['a']; print(m, m.pop('b'), MyOD.fromkeys('x', 1), m.setdefault('z', 4), m)

P = namedtuple('P', 'x y', defaults=[5])
p = P(1)
print(p, p.x, p.y, p._replace(x=9), P._fields, P._make([7, 8]), p._asdict(), P.x, P._field_defaults, P.x.__doc__, p == (1, 5), hash(p) == hash((1, 5)), pickle.loads(pickle.dumps(p)) if False else '')
t('p.z', p=p); t('P()', P=P); t('P(1, 2, 3)', P=P); t('P.x.__get__(5)', P=P); t('P.x.__reduce__()[1]', P=P); t('setattr(p, "x", 1)', p=p)
C = Counter('mississippi')
print(C, C.most_common(2), C['z'], C + Counter('ms'), C - Counter('is'), C & Counter('mmi'), C | Counter('z'), sorted(C.elements()))
C.update('mmm'); C.subtract('i'); print(C, C.total(), +C, Counter(a=1, b=2) == Counter(b=2, a=1))
ch = ChainMap({'a': 1}, {'b': 2}); print(ch, ch['b'], list(ch), len(ch))
