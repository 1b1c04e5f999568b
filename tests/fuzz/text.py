"""Regular expressions, formats, numbers and dates as text. With PEER set, each line of the log of one seed is compared with what that interpreter says.
SPDX-License-Identifier: MIT
"""
import datetime, os, re, signal, subprocess, sys, time
from _lib import main, text_of

RE = list('abc()[]{}*+?|^$.\\-,123:=!<>#P& é') + ['(?:', '(?P<n>', '(?P=n)', '(?=', '(?!', '(?<=', '(?<!', '(?>', '(?i:', '(?s-i:', '(?x)', '(?(1)', '(?(n)', '\\b', '\\w', '\\d', '\\1', '\\Z', '{1,3}', '{,2}', '{2}', '*?', '+?', '*+', '++', '??', '[^', '[a-c]', '[\\d\\]]', '\\u00e9', '\\N{DASH}', '\\x41', '\\777']
FMT = list('{}[].!:<>=^+-# 0123456789,_bcdeEfFgGnosxX%ras') + ['{}', '{0}', '{a}', '{0!r}', '{0:>{1}}', '{a.real}', '{a[0]}', '1000000']
PCT = list('%()*.-+ #0123456789diouxXeEfFgGcrsabhlL') + ['%s', '%d', '%(a)s', '%*d', '%.*f', '%5.2f', '%c']
NUM = list('0123456789.eE+-_xXobBjn ') + ['inf', 'nan', '0x', '\u0663', '\t', '1e400', '1e-400', '_', '\0', '9' * 30, '\ud800', '\u2003']
DATE = list('0123456789-:T+Z. W') + ['2024', '12', '31', '-', '1', ':']
DIRS = list('%') * 4 + list('aAwdbBmyYHIMpSfzZjUWcxXGuV%: -') + ['%Y', '%m', '%d', '%z', '%j']


def outcome(f, *a):
    try:
        x = f(*a)
        return repr(x)[:300]
    except RecursionError:
        return 'RecursionError'
    except SystemError:
        raise
    except Exception as e:
        return type(e).__name__ + ': ' + str(e)[:200]


def affordable(f):
    """Widths that ask for gigabytes, as any Python would hand out, are cut; those that no machine has stay."""
    return re.sub(r'(?<!\d)(\d{6})\d{1,11}(?!\d)', r'\1', f)


def cases(r):
    k = r.randrange(7)
    if k <= 1:
        p, s = text_of(r, RE, 9), text_of(r, list('abcABC1 é-'), 12)
        def find():
            c = re.compile(p, r.choice((0, re.I, re.X, re.A, re.S | re.M)))
            return [(m.span(), m.groups()) for m in c.finditer(s)], c.sub(r'<\g<0>>', s), c.split(s), c.fullmatch(s) and 1
        return ('re', p, s), find
    if k == 2:
        f = affordable(text_of(r, FMT, 9))
        args = [r.choice((1, -5, 2.5, 'text', 10**20, 1e300, True, None, 3j, float('nan'), b'x')) for i in range(2)]
        return ('format', f, args), lambda: (f.format(*args, a=args[0]))
    if k == 3:
        x, f = r.choice((1, -5, 0, 2.5, -0.0, 'text', 10**20, 1e300, True, 3j, float('inf'), 123456.789, 1e-7)), affordable(text_of(r, FMT[4:], 6))
        return ('spec', x, f), lambda: format(x, f)
    if k == 4:
        f = affordable(text_of(r, PCT, 6))
        a = r.choice(((1,), (2.5,), ('x',), (1, 2), {'a': 5}, 7, 'y', (10**30,), (-1, 'a', 3.5), (None,)))
        return ('percent', f, a), lambda: (f % a, f.encode() % (a if not isinstance(a, (str, tuple)) else 3))
    if k == 5:
        s = text_of(r, NUM, 7)
        return ('number', s), lambda: [outcome(f, s) for f in (int, float, complex, lambda s: int(s, 0), lambda s: int(s, 36), lambda s: int(s, 16), float.fromhex, lambda s: int(s.encode('utf-8', 'replace')))]
    s, f = text_of(r, DATE, 12), text_of(r, DIRS, 7)
    return ('date', s, f), lambda: [outcome(g, s) for g in (datetime.date.fromisoformat, datetime.datetime.fromisoformat, datetime.time.fromisoformat)] + [outcome(datetime.datetime.strptime, s, f), outcome(datetime.datetime(2024, 2, 29, 13, 5, 7, 99).strftime, f) if '%c' not in f else '']


def once(r, note):
    what, f = cases(r)
    note(what)
    outcome(f)


def differences(seed, count):
    """The same cases in the other interpreter: what differs."""
    def run(exe):
        q = subprocess.run([exe, __file__, '--print', str(seed), str(count)], capture_output=True, text=True, errors='surrogateescape', timeout=100)
        return q.stdout.splitlines() or [f'status {q.returncode}: {q.stderr[-300:]}']
    for a, b in zip(run(os.environ['PEER']), run(sys.executable)):
        if a != b:
            print(f'WRONG\n  peer  {a}\n  imugi {b}', file=sys.stderr)
            return True


if __name__ == '__main__':
    if '--print' in sys.argv:
        import random, warnings
        warnings.simplefilter('ignore')
        i = sys.argv.index('--print')
        for n in range(int(sys.argv[i + 2])):
            what, f = cases(random.Random(int(sys.argv[i + 1]) * 1000003 + n))
            signal.alarm(5)
            print(ascii(what), ascii(outcome(f)), flush=True)
    elif os.environ.get('PEER'):
        seed = int(sys.argv[sys.argv.index('--seed') + 1])
        sys.exit(bool(differences(seed, 1500)))
    else:
        main(once)
