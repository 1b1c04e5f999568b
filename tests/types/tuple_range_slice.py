# tuple, range, slice: values, hashes, messages.
def t(src, **ns):
    try:
        print(src, '->', repr(eval(src, ns)))
    except Exception as e:
        print(src, '!!', type(e).__name__, e)
T = (1, 2, 3, 'a')
for e in ['T[0]', 'T[-1]', 'T[4]', 'T[1:3]', 'T[::-1]', 'T["x"]', 'T[:] is T', 'T + (5,)', 'T + [5]', 'T * 2', '2 * T', 'T * 0', 'T * -1', 'T.index(2)', 'T.index(9)', 'T.index(2, 2)', 'T.count(1)',
          '1 in T', 'hash(())', 'hash((1, 2, 3))', 'hash((1, (2, (3,))))', 'hash((-1, -2, 0.5, 2**80))', 'hash(([],))', 'T < (1, 2)', 'T == [1]', '(1, 2) < (1, 2, 3)', '(1, [2]) == (1, [2])', '(1,)', '()',
          '((1,), 2)', 'tuple()', 'tuple("ab")', 'tuple(5)', 'tuple(1, 2)', 'tuple(x=1)', 'tuple(T) is T', 'tuple([1])', 'T.__getnewargs__()', 'tuple[int]', 'T.__add__((1,))', 'T.x', 'len(T)', 'tuple.__doc__',
          '(1, 2) < (1, "a")', '(0,) * 10**30', 'iter(T).__reduce__()[1:]', 'iter(T).__length_hint__()', 'max((1, 5, 3))', '[*T, *T]', 'T is T[0:]',
          'range(5)', 'range(1, 5)', 'range(1, 10, 2)', 'range(10, 0, -3)', 'range(0)', 'range()', 'range(1, 2, 3, 4)', 'range(1.0)', 'range("a")', 'range(1, 2, 0)', 'range(x=1)', 'list(range(1, 10, 3))',
          'list(range(10, 1, -4))', 'range(10)[3]', 'range(10)[-1]', 'range(10)[10]', 'range(10)[2:5]', 'range(10)[::-1]', 'range(10)[::-2]', 'range(0, 10, 3)[1:]', 'range(10)["a"]', 'len(range(0, 10, 3))',
          'len(range(10**30))', 'range(10**30)[10**29]', 'range(10**30)[-1]', 'range(-10**20, 10**20, 10**19)[3:7]', 'list(range(10**20, 10**20 + 3))', 'list(reversed(range(10**20, 10**20 + 3)))',
          '5 in range(10)', '10 in range(10)', '5.0 in range(10)', '"a" in range(10)', '9 in range(0, 10, 2)', '10**25 in range(0, 10**30, 10**5)', 'True in range(2)', 'range(10).index(5)', 'range(10).index(11)',
          'range(10).index("a")', 'range(10).count(5)', 'range(10).count(5.0)', 'range(3) == range(0, 3, 1)', 'range(0) == range(5, 5)', 'range(0, 3, 2) == range(0, 4, 2)', 'range(3) == [0, 1, 2]', 'range(3) < range(4)',
          'hash(range(3)) == hash(range(0, 3, 1))', 'hash(range(0)) == hash(range(3, 3))', 'hash(range(5))', 'bool(range(0))', 'range(3).start', 'range(1, 9, 2).stop', 'range(1, 9, 2).step', 'range(3).__reduce__()',
          'iter(range(3)).__reduce__()[1:]', 'iter(range(10)).__length_hint__()', 'type(iter(range(3))).__name__', 'type(iter(range(10**20))).__name__', 'type(reversed(range(3))).__name__', 'list(reversed(range(0, 10, 3)))',
          'range(True)', 'sum(range(100))', 'range.__doc__', 'range(2**62)', 'list(range(2**61 - 2, 2**61 + 1))', 'list(range(-2**61 - 1, -2**61 + 2))', 'list(range(2**63 - 2, 2**63))',
          'slice(1)', 'slice(1, 2)', 'slice(1, 2, 3)', 'slice()', 'slice(1, 2, 3, 4)', 'slice(a=1)', 'slice(1, 5).indices(3)', 'slice(None, None, -1).indices(5)', 'slice(-100, 100, 3).indices(10)',
          'slice(None, 10**30).indices(10**25)', 'slice(1).indices(-1)', 'slice(1, 2, 0).indices(3)', 'slice("a").indices(3)', 'slice(1, 2) == slice(1, 2)', 'slice(1, 2) < slice(1, 3)', 'hash(slice(1, 2))',
          'hash(slice([]))', 'slice(1, 2, 3).start', 'slice(1).start', 'slice(1).__reduce__()', 'slice("a", [], {})', '{slice(1): 2}[slice(1)]', 'slice(1).x', 'slice(1, 2) == (1, 2)']:
    t(e, T=T)
for bad in ['T[0] = 1', 'del T[0]', 'range(3).start = 1', 'slice(1).start = 2', 'T.x = 1']:
    try:
        exec(bad, {'T': T})
    except Exception as e:
        print(bad, type(e).__name__, e)
class Sub(tuple):
    def __new__(cls, *a): return super().__new__(cls, a)
s = Sub(1, 2)
s.attr = 3
print(s, s.attr, s + (3,), type(s + ()).__name__, type(s[:]).__name__, s == (1, 2), hash(s) == hash((1, 2)), type(s * 1).__name__, isinstance(s, tuple), tuple(s), type(tuple(s)).__name__)
import time, os
st = time.gmtime(0)
print(st, st.tm_year, st[0], len(st), st.n_fields, st.n_sequence_fields, st.n_unnamed_fields, type(st).__match_args__)
print(st.tm_zone, st.tm_gmtoff, st[:3], st == tuple(st))
for src in ['time.struct_time((1,))', 'time.struct_time(5)', 'time.struct_time(range(9))', 'time.struct_time(range(11))', 'time.struct_time(range(12))', 'time.struct_time(range(9), {"tm_zone": "X"})',
            'time.struct_time(range(9), {"tm_zone": "X"}).tm_zone', 'time.struct_time(range(9), 5)', 'time.struct_time(range(9), {"foo": 1})', 'time.struct_time(range(9)).__reduce__()', 'st.__replace__(tm_year=2000)',
            'st.__replace__(foo=1)', 'st.__replace__(1)', 'time.struct_time()', 'type("X", (time.struct_time,), {})']:
    t(src, time=time, st=st)
