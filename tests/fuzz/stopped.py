"""Long work in C stopped by a timer at a random moment: patterns that backtrack without end, sorts, decoders, big numbers, copies. What was worked on stays whole.
SPDX-License-Identifier: MIT
"""
import array, collections, copy, heapq, io, itertools, json, marshal, pickle, random, re, signal, sys, zlib
from _lib import Slow, main


class Stop(BaseException):
    pass
def stop(*_):
    raise Stop

PIECES = ['(a+)+', '(a|a)*', '(?:a*)*', '(a|b|ab)*', '(?:a?){20}a{20}', '(.*)*', '(\\w+\\s?)*', '(a*)*b', '((a{1,9}){1,9}){1,9}', '(?=(a+)+b)', '(?:aa|a)+?', '(?>a+)+', '([^x]+)+', '(?:(a)|b)*', '(?i:A+)+', '(x+x+)+y']
BIG = [(i * 7919) % 100003 for i in range(60000)]
NESTED = {'k%d' % i: [i, str(i) * 3, {'x': [None, True, 1.5]}] for i in range(8000)}
JSON, PICKLE, MARSHAL = json.dumps(NESTED), pickle.dumps(NESTED), marshal.dumps(NESTED)
class Key:
    def __init__(self, x): self.x = x
    def __lt__(self, o): return self.x < o.x


def cases(r):
    def pattern():
        p = ''.join(r.choice(PIECES) for i in range(r.randrange(1, 3))) + r.choice(('', '$', 'c', 'z'))
        s = r.choice(('a', 'ab', 'x', 'a ')) * r.randrange(10, 60) + r.choice(('', '!', 'b'))
        c = re.compile(p)
        return lambda: r.choice((c.match, c.search, c.fullmatch, c.findall, lambda s: c.sub('-', s), c.split))(s), lambda: c.match('') or 1
    def sort():
        l = [Key(x) for x in BIG] if r.random() < .5 else BIG[:]
        k = sorted(map(id, l))
        def check():
            assert sorted(map(id, l)) == k, 'items lost in sort'
            l.append(l[0])
        return lambda: l.sort(key=r.choice((None, lambda x: x, lambda x: getattr(x, 'x', x)))), check
    def grow():
        l, d, s, q = [], {}, set(), collections.deque()
        def check():
            assert list(l) == list(range(len(l))) and all(d[i] == i for i in d) and s == set(range(len(s))) and list(q) == list(range(len(q)))
        return r.choice((lambda: l.extend(map(int, range(10**7))), lambda: d.update((i, i) for i in range(10**7)), lambda: s.update(iter(range(10**7))), lambda: q.extend(range(10**7)))), check
    def heap():
        l = [Key(x) for x in BIG]
        k = sorted(map(id, l))
        return lambda: heapq.heapify(l), lambda: sorted(map(id, l)) == k or 1 / 0
    def decode():
        return r.choice((lambda: json.loads(JSON), lambda: pickle.loads(PICKLE), lambda: marshal.loads(MARSHAL), lambda: json.dumps(NESTED, indent=1), lambda: pickle.dumps(NESTED), lambda: marshal.dumps(NESTED), lambda: copy.deepcopy(NESTED), lambda: repr(NESTED),
            lambda: json.dumps(NESTED, sort_keys=True, default=str), lambda: pickle._loads(PICKLE), lambda: compile('x = 1 + 2\n' * 20000, 'f', 'exec'), lambda: compile('[' * 90 + 'x,' * 20000 + ']' * 90, 'f', 'eval'), lambda: zlib.decompress(zlib.compress(bytes(10**7))), lambda: list(io.StringIO('a\n' * 10**6)))), lambda: len(NESTED) == 8000 or 1 / 0
    def number():
        n = 7 ** r.randrange(1000, 200000)
        return r.choice((lambda: n ** 50, lambda: n * n % (n - 1), lambda: pow(n, n, n - 2), lambda: str(n), lambda: int('7' * 10**6), lambda: n // 3 ** 500)), lambda: n % 7 == 0 or 1 / 0
    def loop():
        l = list(range(10**5))
        return r.choice((lambda: sum(itertools.product(range(100), repeat=5), ()), lambda: max(itertools.permutations(range(12))), lambda: sum(itertools.count()), lambda: collections.Counter(itertools.cycle('ab')), lambda: [x for x in l if x in l], lambda: ','.join(str(i) for i in itertools.count()),
            lambda: b''.join(itertools.repeat(b'a')), lambda: dict.fromkeys(itertools.count()), lambda: array.array('i', itertools.repeat(1)), lambda: list(zip(itertools.count(), itertools.count())), lambda: tuple(itertools.count()), lambda: bytearray(itertools.repeat(1)), lambda: ('ab' * 10**6).count('ba' * 10**5), lambda: ('a' * 10**6 + 'b').find('a' * 10**5 + 'c'))), lambda: l == list(range(10**5)) or 1 / 0
    return r.choice((pattern, pattern, sort, grow, heap, decode, number, loop))()


def once(r, note):
    note(r.getstate()[1][:2])
    work, check = cases(r)
    old = signal.signal(signal.SIGALRM, stop)
    # Soon: some of the work would fill the memory.
    try:
        try:
            signal.setitimer(signal.ITIMER_REAL, r.choice((.0005, .003, .02, .1)))
            work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except (Stop, ValueError, MemoryError, OverflowError, RecursionError, TypeError) as e:
        del e
    signal.signal(signal.SIGALRM, old)
    signal.alarm(30)
    check()


if __name__ == '__main__':
    sys.set_int_max_str_digits(0)
    main(once, seconds=15)
