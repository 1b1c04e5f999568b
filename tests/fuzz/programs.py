"""Random programs that run: functions, classes, generators, coroutines, handlers, matching, comprehensions. Without PEER: no crash. With PEER set, what each program traces
is compared with what that interpreter traces: values, the texts of exceptions, the lines of tracebacks.
SPDX-License-Identifier: MIT
"""
import os, random, signal, subprocess, sys
from _lib import Slow, main

PRELUDE = '''
class Stop(BaseException): pass
class Boom(Exception): pass
class CM:
    def __init__(self, n, eat=False): self.n, self.eat = n, eat
    def __repr__(self): return 'CM'
    def __enter__(self):
        T('enter', self.n)
        return self
    def __exit__(self, *a):
        T('exit', self.n, a[0] and a[0].__name__)
        if self.n == 7: raise Boom('exit')
        return self.eat
    async def __aenter__(self): return self.__enter__()
    async def __aexit__(self, *a): return self.__exit__(*a)
class V:
    __match_args__ = ('a', 'b')
    def __init__(self, a=1, b=2): self.a, self.b = a, b
    def __repr__(self): return f'V({self.a!r:.40}, {self.b!r:.40})'
    def __eq__(self, o): return isinstance(o, V) and self.a == o.a
    def __hash__(self): return 5
    def __add__(self, o): return NotImplemented if isinstance(o, str) else V(self.a, o)
    def __radd__(self, o): return V(o, self.b)
    def __getitem__(self, i): return self.a if i == 0 else self.b if i == 1 else [][i]
    def __setitem__(self, i, v): T('set', i); self.b = v
    def __len__(self): return 2
    def __bool__(self): return self.a != 1
    def __call__(self, *a, **k): return len(a), sorted(k)
    def __contains__(self, x): return x == self.a
    def __index__(self): return 3
class D:
    def __repr__(self): return 'D'
    def __set_name__(self, c, n): self.n = n
    def __get__(self, o, c=None): return self if o is None else T('get', self.n) or 4
    def __set__(self, o, v):
        if v == 3: raise Boom('descriptor')
        T('set', self.n, v)
def drive(c):
    out = []
    x = None
    for i in range(12):
        try: out.append(c.send(x))
        except StopIteration as e: return out, e.value
        x = i
    return out
class Aw:
    def __repr__(self): return 'Aw'
    def __init__(self, n): self.n = n
    def __await__(self):
        x = yield self.n
        return x
async def agen(n):
    for i in range(n):
        try: yield i
        finally: T('agen', i)
'''
NAMES = 'abcdefg'


class Gen:
    def __init__(self, r):
        self.r, self.n, self.out = r, 0, []
        self.funcs, self.loop, self.func, self.isasync, self.isgen, self.star = [], 0, 0, False, False, 0
        self.comp = 0

    def name(self): return self.r.choice(NAMES)
    def uniq(self, p):
        self.n += 1
        return f'{p}{self.n}'

    def atom(self):
        r = self.r
        return r.choice((self.name, self.name, self.name, lambda: str(r.choice((0, 1, 2, 3, -1, 7, 255, 10**20, 2**61, -2**62))), lambda: r.choice(('1.5', '-0.0', '1e300', '2j', 'None', 'True', "'x'", "'ab'", "b'yz'", '[]', '()', '{}', '[1, 2]', '(1, 2)', "{'a': 1}", '{1, 2}', 'V()', 'V(3)', '...', 'range(3)', 'int', 'len', "''"))))()

    def num(self, d=0):
        """Most often a number."""
        r = self.r
        if d > 3 or r.random() < .35: return r.choice(('a', 'b', 'a', 'b', str(r.randrange(-3, 9)), r.choice(('2**61', '1.5', 'True', '255', '-2**62', '10**20'))))
        e = lambda: self.num(d + 1)
        k = r.randrange(12)
        if k < 5: return f'({e()} {r.choice("+ - * + - % // / & | ^".split())} {e()})'
        if k == 5: return f'({r.choice("-+~")}{e()})'
        if k == 6: return f'({e()} {r.choice(("<", ">", "==", "!=", "<=", ">="))} {e()})'
        if k == 7: return f'({e()} {r.choice(("and", "or"))} {e()})'
        if k == 8: return f'({e()} if {e()} else {e()})'
        if k == 9: return f'len({self.seq(d + 1)})'
        if k == 10: return f'{r.choice("abh")}' if r.random() < .5 or self.comp else f'(h := {e()})'
        return f'{self.seq(d + 1)}[{r.choice(("0", "-1", "1", "a"))}]'

    def seq(self, d=0):
        """Most often a list, a tuple or text."""
        r = self.r
        if d > 3 or r.random() < .4: return r.choice('ccddf')
        k = r.randrange(7)
        if k == 0: return f'({r.choice("cdf")} + {r.choice("cdf")})'
        if k == 1: return f'{r.choice("cdf")}[{r.choice(("1:", ":-1", "::2", "::-1", "a:b"))}]'
        if k == 2: return f'[{", ".join(("*" + self.seq(d + 1)) if r.random() < .2 else self.num(d + 1) for i in range(r.randrange(4)))}]'
        if k == 3: return f'({self.num(d + 1)}, {self.num(d + 1)})'
        if k == 4: return f'list({r.choice(("range(4)", "e", "e.items()", "zip(c, d)", "enumerate(d)", self.seq(d + 1)))})'
        if k == 5: return f"f'{{{self.num(2)}}}{{{self.seq(2)}!r}}'" if d < 2 else 'f'
        v = r.choice('abxy')
        self.comp += 1
        t = f'[{self.num(d + 2)} for {v} in {self.seq(d + 1)}{" if " + self.num(2) if r.random() < .4 else ""}{" for a in d" if r.random() < .2 else ""}]'
        self.comp -= 1
        return t

    def expr(self, d=0):
        r = self.r
        if r.random() < .55: return self.num(d) if r.random() < .65 else self.seq(d)
        if d > 3 or r.random() < .3: return self.atom()
        e = lambda: self.expr(d + 1)
        k = r.randrange(24)
        if k < 6: return f'({e()} {r.choice("+ - * + - % // / & | ^ << >> @".split()) if r.random() < .8 else "**"} {e()})' if r.random() < .9 else f'({r.choice("-+~")}{e()})'
        if k == 6: return f'({e()} {r.choice(("<", ">", "==", "!=", "<=", ">=", "in", "not in", "is", "is not"))} {e()})'
        if k == 7: return f'({e()} < {e()} {r.choice(("<=", "==", "!="))} {e()})'
        if k == 8: return f'({e()} {r.choice(("and", "or"))} {e()})'
        if k == 9: return f'({e()} if {e()} else {e()})'
        if k == 10: return f'(not {e()})'
        if k == 11: return f'{e()}[{self.index()}]'
        if k == 12: return f'[{", ".join(("*" if r.random() < .2 else "") + e() for i in range(r.randrange(4)))}]'
        if k == 13: return f'{{{", ".join(("**" + e()) if r.random() < .15 else f"{e()}: {e()}" for i in range(r.randrange(3)))}}}'
        if k == 14:
            v = self.name()
            self.comp += 1
            b = ('[', ']') if r.random() < .5 else r.choice((('{', '}'), ('list(', ')'), ('sorted(', ', key=repr)') if 0 else ('list(', ')')))
            cond = f' if {e()}' if r.random() < .4 else ''
            more = f' for {self.name()} in {e()}' if r.random() < .2 else ''
            t = f'{b[0]}{e() if b[0] != "list(" else "(" + e() + ")"} for {v} in {e()}{cond}{more}{b[1]}' if b[0] != 'list(' else f'list(({e()}) for {v} in {e()}{cond})'
            self.comp -= 1
            return t
        if k == 15:
            a, g, self.isasync, self.isgen = self.isasync, self.isgen, False, False
            t = f'(lambda {self.params(small=True)}: {e()})'
            self.isasync, self.isgen = a, g
            return t + (f'({self.args(d)})' if r.random() < .7 else '')
        if k == 16 and self.funcs: return f'{r.choice(self.funcs)}({self.args(d)})'
        if k == 17: return f'f"{{{self.name()}!r:{r.choice(("", ">5", "{1}", ".3"))}}}{{{self.name()}}}"'
        if k == 18 and not self.comp: return f'({r.choice("hijk")} := {e()})'
        if k == 19: return f'{self.name()}.{r.choice(("a", "b", "real", "append", "x", "__class__.__name__"))}'
        if k == 20: return f'{r.choice(("len", "abs", "str", "repr", "sum", "max", "list", "tuple", "bool", "int", "type", "reversed", "enumerate", "divmod", "isinstance", "min", "zip", "any", "iter"))}({self.args(d)})'
        if k == 21 and self.isgen and not self.star and not self.comp: return f'(yield {e()})'
        if k == 21 and self.isasync and not self.comp: return f'(await Aw({e()}))'
        if k == 22: return f'{self.name()}.{r.choice(("append", "pop", "get", "count", "index", "update", "split", "join", "items", "copy", "add", "m", "keys", "sort", "extend"))}({self.args(d)})'
        return f'({e()}, {e()})'

    def index(self):
        r = self.r
        return r.choice((lambda: self.expr(3), lambda: str(r.randrange(-3, 4)), lambda: f'{r.choice(("", "1", "-1"))}:{r.choice(("", "2", "-1"))}', lambda: f'::{r.choice(("2", "-1", "0"))}'))()

    def args(self, d=2):
        r = self.r
        a = [self.expr(d + 1) for i in range(r.choice((0, 1, 1, 2, 3)))]
        if r.random() < .15: a.append('*' + self.expr(d + 1))
        if r.random() < .15: a.append(r.choice(('p', 'q', 'a')) + '=' + self.expr(d + 1))
        if r.random() < .1: a.append('**' + self.expr(d + 1))
        return ', '.join(a)

    def params(self, small=False):
        r = self.r
        names = r.sample('abcdefpq', r.randrange(3 if small else 5))
        out, default = [], False
        for i, n in enumerate(names):
            default = default or r.random() < .3
            out.append(f'{n}={self.atom()}' if default else n)
        if out and r.random() < .2: out.insert(r.randrange(1, len(out) + 1), '/')
        if r.random() < .3: out.append('*args')
        elif r.random() < .2: out.append('*')
        if out and out[-1] in ('*args', '*') and r.random() < .7 or out and out[-1] == '*': out.append('kw' + ('' if r.random() < .3 else '=' + self.atom()))
        if r.random() < .2: out.append('**kwds')
        return ', '.join(out)

    def put(self, ind, s): self.out.append('    ' * ind + s)

    def target(self):
        r = self.r
        k = r.randrange(9)
        if k < 5: return self.name()
        if k == 5: return f'{self.name()}[{self.index()}]'
        if k == 6: return f'{self.name()}.{r.choice(("a", "b", "x", "d"))}'
        if k == 7: return f'{self.name()}, {self.name()}'
        return f'{self.name()}, *{self.name()}'

    def block(self, ind, n=None):
        for i in range(n or self.r.choice((1, 1, 2, 3))): self.stmt(ind)

    def pattern(self, d=0):
        r = self.r
        k = r.randrange(10 if d < 2 else 5)
        p = lambda: self.pattern(d + 1)
        if k == 0: return r.choice(('1', "'x'", '-1', 'None', 'True', '1.5', "b'yz'", '1+2j'))
        if k in (1, 2): return f'{r.choice("hijk")}{self.n}{r.randrange(10**6)}'
        if k == 3: return '_'
        if k == 4: return r.choice(('int()', 'str()', 'list()', 'int(_)', 'V.a', 'dict()'))
        if k == 5: return f'[{", ".join([p() for i in range(r.randrange(3))] + (["*_"] if r.random() < .4 else []))}]'
        if k == 6: return f'{{"a": {p()}{", **kk" + str(r.randrange(10**6)) if r.random() < .3 else ""}}}'
        if k == 7: return f'V({p()}{", b=" + p() if r.random() < .5 else ""})'
        if k == 8: return f'(1 | 2 | "x")'
        return f'({p()}) as w{r.randrange(10**6)}'

    def stmt(self, ind):
        r, put = self.r, self.put
        if ind > 5 or len(self.out) > 220: return put(ind, f'T({self.n}, {self.expr(2)})')
        k = r.randrange(34)
        self.n += 1
        if k < 5:
            n = r.choice('abcdefgabcd')
            if r.random() < .75: put(ind, f'{n} = {self.num() if n in "ab" else self.seq() if n in "cd" else self.expr()}')
            else: put(ind, f'{self.target()} = {self.expr()}')
        elif k < 8: put(ind, f'T({self.n}, {self.expr()})')
        elif k < 10: put(ind, f'{r.choice((self.name(), self.name() + "[0]", self.name() + ".a"))} {r.choice("+ - * | & // % << ^ @".split())}= {self.expr(1)}')
        elif k < 12:
            put(ind, f'if {self.expr(1)}:')
            self.block(ind + 1)
            if r.random() < .3:
                put(ind, f'elif {self.expr(1)}:')
                self.block(ind + 1)
            if r.random() < .4:
                put(ind, 'else:')
                self.block(ind + 1)
        elif k < 15:
            pre = 'async ' if self.isasync and r.random() < .4 else ''
            t = self.name() if r.random() < .7 else f'{self.name()}, {self.name()}' if r.random() < .7 else self.target()
            put(ind, f'{pre}for {t} in {"agen(3)" if pre and r.random() < .8 else r.choice(("range(3)", "[1, 2, 3]", "{1: 2}.items()", "enumerate(b)", "zip(a, b)", "g", self.expr(1)))}:')
            self.loop += 1
            star, self.star = self.star, 0
            put(ind + 1, 'tick()')
            self.block(ind + 1)
            self.loop -= 1
            self.star = star
            if r.random() < .2:
                put(ind, 'else:')
                self.block(ind + 1)
        elif k == 15:
            put(ind, f'while {r.choice(("True", self.expr(1)))}:')
            self.loop += 1
            star, self.star = self.star, 0
            put(ind + 1, 'tick()')
            self.block(ind + 1)
            put(ind + 1, f'if {self.expr(2)}: break')
            self.loop -= 1
            self.star = star
        elif k < 20:
            star = r.random() < .15
            put(ind, 'try:')
            self.block(ind + 1)
            h = 0
            for e in r.sample(('ValueError', 'TypeError', '(KeyError, IndexError)', 'Boom', 'NameError', 'ZeroDivisionError', 'Exception'), r.randrange(4)) if r.random() < .8 else ():
                h += 1
                put(ind, f'except{"*" if star else ""} {e}{" as " + self.name() if r.random() < .4 else ""}:')
                self.star += star
                self.block(ind + 1)
                self.star -= star
            if h and r.random() < .3:
                put(ind, 'else:')
                self.block(ind + 1)
            if not h or r.random() < .3:
                put(ind, 'finally:')
                self.block(ind + 1)
        elif k < 22:
            put(ind, f'{"async " if self.isasync and r.random() < .5 else ""}with CM({self.n % 9}, {self.expr(3)}){" as " + self.name() if r.random() < .4 else ""}{", CM(" + str(self.n % 7) + ")" if r.random() < .2 else ""}:')
            self.block(ind + 1)
        elif k == 22: put(ind, r.choice((f'raise Boom({self.expr(2)})', 'raise ValueError', f'raise KeyError(1) from {self.expr(3)}', 'raise', 'raise ExceptionGroup("g", [ValueError(1), Boom(2)])', f'assert {self.expr(2)}, {self.expr(3)}')))
        elif k == 23: put(ind, r.choice(('break', 'continue')) if self.loop and not self.star else 'pass')
        elif k == 24: put(ind, ('return' if self.isgen == 2 else f'return {self.expr(1)}') if self.func and not self.star else f'T({self.n})')
        elif k == 25: put(ind, f'del {r.choice((self.name(), self.name() + "[0]", self.name() + ".a", self.name() + "[:1]"))}')
        elif k == 26:
            put(ind, f'match {self.expr(1)}:')
            for i in range(r.randrange(1, 4)):
                put(ind + 1, f'case {self.pattern()}{" if " + self.expr(2) if r.random() < .5 or 1 and i < 0 else " if True"}:')
                self.block(ind + 2, 1)
        elif k < 31 and ind < 4: self.function(ind)
        elif k == 31 and ind < 3: self.klass(ind)
        elif k == 32 and self.isgen and not self.star: put(ind, f'{self.name()} = yield {self.expr(1)}' if r.random() < .6 or self.isasync else f'{self.name()} = yield from {self.expr(1)}')
        elif k == 32 and self.isasync: put(ind, f'{self.name()} = await {r.choice(("Aw(1)", self.expr(1)))}')
        else: put(ind, self.expr())

    def function(self, ind, method=False):
        r = self.r
        save = self.loop, self.func, self.isasync, self.isgen, self.star
        f = self.uniq('f') if not method else r.choice(('m', '__len__', '__getattr__', '__iter__', '__eq__', '__call__', 'k'))
        self.isasync = r.random() < .2
        self.isgen = r.random() < .25
        if self.isgen and self.isasync: self.isgen = 2
        self.loop, self.func, self.star = 0, 1, 0
        p = self.params()
        if method and f[:2] == '__': p = {'__len__': '', '__iter__': ''}.get(f, 'a' if f != '__call__' else '*args')
        if r.random() < .1 and not method: self.put(ind, r.choice(('@(lambda f: f)', '@deco')))
        start = len(self.out)
        self.put(ind, f'{"async " if self.isasync else ""}def {f}({"self" + (", " + p if p else "") if method else p}):')
        self.put(ind + 1, 'tick()')
        if r.random() < .3 and self.func:
            bound = {x.split('=')[0].strip(' *') for x in p.split(',')}
            free = [n for n in NAMES if n not in bound]
            if free and not save[1]: self.put(ind + 1, f'global {r.choice(free)}')
        if r.random() < .6: self.put(ind + 1, 'a, b, c, d, e, f, g = 1, 2, [4, 5], (1, 2), {1: 2}, [7, 8], V(3)')
        if self.isgen: self.put(ind + 1, f'yield {self.atom()}')
        self.block(ind + 1, r.randrange(1, 6))
        self.loop, self.func, self.isasync, self.isgen, self.star = save
        if not method:
            what = self.out[start].strip()
            self.funcs.append(f)
            if what.startswith('async') and not any('yield' in l for l in self.out[start:]): self.put(ind, f'T({self.n}, drive({f}({self.args()})))')
            elif not what.startswith('async') and r.random() < .8: self.put(ind, f'T({self.n}, show({f}({self.args()})))')

    def klass(self, ind):
        r = self.r
        c = self.uniq('C')
        save = self.loop, self.func, self.isasync, self.isgen, self.star
        self.loop, self.func, self.isasync, self.isgen, self.star = 0, 0, False, False, 0
        self.put(ind, f'class {c}{r.choice(("", "(V)", "(list)", "(dict)", "(Boom)", "(int)", "(V, list)"))}:')
        if r.random() < .5: self.put(ind + 1, f'{self.name()} = {self.atom()}')
        if r.random() < .3: self.put(ind + 1, 'd = D()')
        if r.random() < .15: self.put(ind + 1, "__slots__ = ('x', 'y')")
        for i in range(r.randrange(1, 4)): self.function(ind + 1, True)
        self.loop, self.func, self.isasync, self.isgen, self.star = save
        self.put(ind, f'{self.name()} = {c}({self.args()})')

    def program(self):
        self.put(0, 'def deco(f): return lambda *a, **k: f(*a, **k)')
        for n in NAMES: self.put(0, f'{n} = {dict(a="1", b="2", c="[1, 2, 3]", d="(3, 4, 5)", e="{1: 2, 3: 4}", f="[6, 7]").get(n) or self.atom()}')
        for i in range(self.r.randrange(4, 10)):
            self.put(0, 'try:')
            self.block(1, self.r.randrange(1, 4))
            self.put(0, 'except Exception as e: TE(e)')
        return '\n'.join(self.out) + '\n'


def text_of(r):
    return Gen(r).program()


def shown(x, d=0):
    """What both interpreters show alike: nothing with an address in it."""
    t = type(x)
    if t in (int, float, complex, str, bytes, bool, type(None), type(...), range):
        return repr(x)[:200] if t is not int or x.bit_length() < 9000 else 'big'
    if t in (list, tuple) and d < 4: return t.__name__ + '(' + ', '.join(shown(y, d + 1) for y in x[:20]) + ')'
    if t is dict and d < 4: return '{' + ', '.join(shown(k, d + 1) + ': ' + shown(v, d + 1) for k, v in list(x.items())[:20]) + '}'
    if t in (set, frozenset) and d < 4: return 'set(' + ', '.join(sorted(shown(y, d + 1) for y in x)) + ')'
    if isinstance(x, type): return 'class ' + x.__name__
    if t.__name__ == 'V': return f'V({shown(x.a, d + 1)}, {shown(x.b, d + 1)})' if d < 4 else 'V'
    return t.__name__


def run(text, limit=4000):
    out, ticks = [], [0]
    def T(*a):
        if len(out) < 3000: out.append(' '.join(shown(x) for x in a))
    def tick():
        ticks[0] += 1
        if ticks[0] > limit: raise ns['Stop']
    def TE(e, d=0):
        lines, tb = [], e.__traceback__
        while tb and len(lines) < 50:
            if tb.tb_frame.f_code.co_filename == 'p': lines.append(tb.tb_lineno)
            tb = tb.tb_next
        try: s = str(e)
        except Exception as x: s = type(x).__name__
        out.append(f'{type(e).__name__} {s[:300]} {lines} {type(e.__context__).__name__} {type(e.__cause__).__name__} {e.__suppress_context__}')
        if e.__context__ is not None and d < 4: TE(e.__context__, d + 1)
    def show(x):
        if type(x).__name__ in ('generator', 'list_iterator', 'zip', 'map', 'enumerate'):
            l = []
            for y in x:
                l.append(y)
                if len(l) > 8: break
            if type(x).__name__ == 'generator':
                try: l.append(x.throw(ValueError('thrown')))
                except StopIteration as e: l.append(e.value)
                x.close()
            return l
        return x
    for f in (T, TE, tick, show):
        f.__name__ = f.__qualname__ = 'helper'
    ns = {'T': T, 'TE': TE, 'tick': tick, 'show': show, '__name__': 'm'}
    exec(PRE, ns)
    try:
        code = compile(text, 'p', 'exec', dont_inherit=True)
    except SyntaxError as e:
        return [f'SyntaxError {e.msg} {e.lineno} {e.offset}']
    try:
        exec(code, ns)
    except Slow:
        raise
    except BaseException as e:
        TE(e)
    return out
PRE = compile(PRELUDE, 'prelude', 'exec', dont_inherit=True)


def once(r, note):
    text = text_of(r)
    note(text.encode())
    try:
        run(text)
    except (MemoryError, RecursionError):
        pass


def differences(seed, count):
    import tempfile
    def results(exe):
        q = subprocess.run([exe, __file__, '--print', str(seed), str(count)], capture_output=True, text=True, errors='surrogateescape', timeout=300)
        return q.stdout.splitlines() or [], q
    (a, qa), (b, qb) = results(os.environ['PEER']), results(sys.executable)
    if qb.returncode:
        print(f'WRONG status {qb.returncode} {qb.stderr[-3000:]}', file=sys.stderr)
        return True
    found = False
    for x, y in zip(a, b):
        if x != y and 'SLOW' not in x + y:
            i = next(i for i in range(min(len(x), len(y)) + 1) if x[i:i + 1] != y[i:i + 1])
            print(f'WRONG {x.split()[0]}\n  peer  …{x[max(0, i - 150):i + 150]}\n  imugi …{y[max(0, i - 150):i + 150]}', file=sys.stderr)
            found = True
    return found


if __name__ == '__main__':
    sys.unraisablehook = lambda *a: None
    if '--text' in sys.argv:
        print(text_of(random.Random(int(sys.argv[-1]))), end='')
    elif '--print' in sys.argv:
        import warnings
        warnings.simplefilter('ignore')
        def slow(*_): raise Slow
        signal.signal(signal.SIGALRM, slow)
        i = sys.argv.index('--print')
        for n in range(int(sys.argv[i + 2])):
            s = int(sys.argv[i + 1]) * 1000003 + n
            signal.alarm(5)
            try: print(s, ascii(run(text_of(random.Random(s)))), flush=True)
            except Slow: print(s, 'SLOW', flush=True)
            except MemoryError: print(s, 'SLOW', flush=True)
            signal.alarm(0)
    elif os.environ.get('PEER'):
        seed = int(sys.argv[sys.argv.index('--seed') + 1])
        sys.exit(bool(differences(seed, 300)))
    else:
        main(once, seconds=15)
