# set and frozenset: algebra, order of small ints, hashes, messages.
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
for e in ['set()', 'frozenset()', '{3, 1, 2}', '{1000, 1, 50}', 'set(range(20))', 'set([5, 5, 5])', 'frozenset([2, 1])', 'set(5)', 'set(1, 2)', 'set(a=1)', 'frozenset(1, 2)', '{[]}', '{1, 2} | {3}',
          '{1, 2} & {2}', '{1, 2} - {2}', '{1, 2} ^ {2, 3}', '{1} | [2]', '{1} & 5', '{1}.union([2], (3,))', '{1}.union(5)', '{1, 2, 3}.intersection([2, 3], {3})', '{1, 2}.intersection()',
          '{1, 2}.difference([2])', '{1, 2}.difference()', '{1, 2}.symmetric_difference([2, 3])', '{1} <= {1, 2}', '{1} < {1}', '{1, 2} >= {1}', '{1} > {1}', '{1} == frozenset([1])', '{1} == [1]',
          '{1} < [1]', '{1}.issubset([1, 2])', '{1, 2}.issuperset([1])', '{1}.isdisjoint([2])', '{1}.isdisjoint({1})', '1 in {1}', '[] in {1}', '{1} in {frozenset([1])}', 'hash({1})',
          'hash(frozenset())', 'hash(frozenset([1, 2, 3]))', 'hash(frozenset(range(100)))', 'hash(frozenset([1.5, 2**70]))', 'len({1, 1.0, True})', '{1}.add()', '{1}.remove(2)', '{1}.discard(2)', 'set().pop()',
          'frozenset([1]) | {2}', '{2} | frozenset([1])', 'frozenset([1]).copy()', 'set.__hash__', 'set[int]', 'frozenset.add', '{1}.__reduce__()', 'frozenset([1]).__reduce__()', 'set("a")', '{1: 2}.keys() & {1}',
          'set({1: 2})', '{1}.update(5)', '{(1, 2), 3}', '{None}', '{1}.__contains__(1)', 'list({1, 2, 3})', 'sorted({3, 1, 2}, reverse=True)', 'bool(set())', '{1, 2}.isdisjoint(5)', '{1}.issubset(5)',
          'set.__doc__', 'set.add.__doc__', 'set.union.__text_signature__']:
    t(e)
def change(src):
    ns = {'S': {1, 2, 3}}
    try:
        exec(src, ns)
        print(src, '->', ns['S'])
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
for s in ['S.add(4)', 'S.add([])', 'S.add({5})', 'S.discard(1)', 'S.remove(1)', 'S.remove({9})', 'S.pop()', 'S.clear()', 'S |= {7}', 'S |= [7]', 'S &= {1, 9}', 'S -= {1}', 'S ^= {1, 8}', 'S -= S', 'S ^= S', 'S &= S',
          'S.update([7], {8})', 'S.intersection_update([1, 2], [2])', 'S.difference_update([1], (2,))', 'S.symmetric_difference_update([3, 4])', 'S.update()', 'for x in S: S.add(x + 10)',
          'for x in S: S.discard(x)', 'S.__init__([9])', 'S.__init__()', 'S.symmetric_difference_update({1: 2})', 'S.difference_update({1: 2})']:
    change(s)
s = set()
for i in range(1000): s.add(i * 7919 % 1009)
for i in range(0, 1009, 3): s.discard(i)
print(len(s), sum(s), 6 in s, 7 in s)
print([x for x in {9, 8, 7, 100, 200, 300, 17, 33}])
print([x for x in set(range(0, 100, 9)) | {5, 6}], list({5, 6} | set(range(0, 100, 9))))
a = {1, 2, 3}; a.add(8); a.discard(1); a.add(9); a.add(16); print(a, a & {8, 16, 2}, a ^ {8, 5})
x = set(range(50)); y = x - set(range(0, 50, 2)); print(y, x.pop(), x.pop())
class Sub(set): pass
q = Sub([1, 2]); q.attr = 1
print(q, q | {3}, type(q | {3}).__name__, type(q.copy()).__name__, q == {1, 2}, q.__reduce__())
class F(frozenset): pass
print(F([1]), type(F([1]).copy()).__name__, type(F([1]) | F([2])).__name__, frozenset(F([1])), hash(F([1])) == hash(frozenset([1])))
r = set(); f = frozenset([r.__class__]); print(f)
class Node:
    def __init__(self): self.s = set([1]); 
    def __repr__(self): return 'Node(' + repr(self.s) + ')'
n = Node(); n.s = frozenset([n]); print(n)
it = iter({1, 2, 3}); print(next(it), it.__length_hint__(), it.__reduce__()[1], list(it), list(it))
class Evil:
    def __hash__(self): return 1
    def __eq__(self, o): target.clear(); return False
target = {Evil()}
print(len(target | {Evil()}))
class H:
    def __init__(self, v): self.v = v
    def __hash__(self): return self.v % 3
    def __eq__(self, o): return self.v == o.v
hs = {H(i) for i in range(40)}
print(len(hs), H(5) in hs, H(50) in hs, len(hs - {H(i) for i in range(10)}))
