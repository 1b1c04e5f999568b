"""Broken and odd programs: compile, ast, tokenize, symtable; what compiles is unparsed and compiled again; random trees are compiled.
SPDX-License-Identifier: MIT
"""
import ast, io, os, symtable, sys, tokenize
from _lib import main, mutate, text_of

PIECES = '''if else elif while for in def class return yield await async lambda import from as with try except finally raise assert del global nonlocal pass break continue match case type not and or is None True
    ( ) [ ] { } , : ; . ... = := == != < > <= >= -> + - * ** / // % @ & | ^ ~ << >> += **= @= a b _ x1 0 1 1.5 1j 0x 0b1 1_0 1__0 1e 0777 '' "" """ f" f' f"""{ rb' u' b" {a} {a!r} {a:>{b}} {a=} {{ }} \\ \n \n\t \n\x20 \n\x20\x20 \t # é \u20ac \U0001f600 \0 \x0c \\N{dash} \\u12 \\x1'''.split(' ')
PIECES = [p for p in PIECES if p and p != '\n'] + [' '] * 30 + ['\n'] * 12 + ['\n    '] * 6 + ['\n  '] * 4
GONE = 'Index ExtSlice Num Str Bytes NameConstant Ellipsis slice AugLoad AugStore Param Suite'.split()
OPS = [c for c in vars(ast).values() if isinstance(c, type) and issubclass(c, ast.AST) and c.__module__ in ('ast', '_ast') and c.__name__ not in GONE]


def corpus():
    d = os.path.dirname(os.__file__)
    out = []
    for n in ('abc.py', 'bisect.py', 'codeop.py', 'keyword.py', 'reprlib.py', 'contextlib.py', 'types.py', 'enum.py'):
        try:
            with open(os.path.join(d, n), 'rb') as f:
                out.append(f.read())
        except OSError:
            pass
    return out
CORPUS = corpus()
EXPECTED = (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError)


def tree(r, depth=0):
    k = r.random()
    if depth > 4 or k < .25:
        return r.choice((None, 'a', 'b', 1, -1, 0, 2**70, 1.5, b'x', '', 'é', [], (), Ellipsis, True, '__debug__', 'None', object()))
    if k < .4:
        return [tree(r, depth + 1) for i in range(r.randrange(4))]
    c = r.choice(OPS)
    n = c.__new__(c)
    for f in c._fields:
        if r.random() < .9:
            want = getattr(c, '_field_types', {}).get(f)
            x = tree(r, depth + 1)
            t = str(want)
            if r.random() < .8:
                if t.startswith('list'): x = [sensible(r, t[5:-1], depth) for i in range(r.randrange(3))]
                else: x = sensible(r, t, depth)
            setattr(n, f, x)
    if r.random() < .9:
        n.lineno, n.col_offset, n.end_lineno, n.end_col_offset = 1, 0, 1, 0
        if r.random() < .05:
            n.lineno = r.choice((-1, 0, 2**31, 2**70, 'a', None))
            n.end_col_offset = r.choice((-1, 0, 2**31, 2**70, 'a', None))
    return n


def sensible(r, t, depth):
    if 'str' in t or 'identifier' in t: return r.choice(('a', 'b', 'x'))
    if 'int' in t: return r.choice((0, 1, -1, 2))
    if 'object' in t: return r.choice((1, 'a', None, 1.5, b'b', (1, 2), frozenset((1,))))
    if '|' in t and r.random() < .3: return None
    base = next((c for c in OPS if f'.{c.__name__}' in t or c.__name__ == t), None)
    if base is None:
        return None
    subs = [c for c in base.__subclasses__() if c in OPS] or [base]
    if depth > 4:
        subs = [ast.Constant] if base is ast.expr else [ast.Pass] if base is ast.stmt else subs
    c = r.choice(subs)
    n = c.__new__(c)
    for f in c._fields:
        want = str(getattr(c, '_field_types', {}).get(f))
        setattr(n, f, [sensible(r, want[5:-1], depth + 1) for i in range(r.randrange(3))] if want.startswith('list') else sensible(r, want, depth + 1))
    n.lineno, n.col_offset, n.end_lineno, n.end_col_offset = 1, 0, 1, 0
    return n


def wrong(e):
    """The checked builds verify what the compiler makes: a refusal of its own work is no ValueError of the program."""
    if str(e).startswith('bad code'):
        raise e


def once(r, note):
    k = r.random()
    if k < .35:
        data = r.choice(CORPUS)
        i = r.randrange(len(data))
        source = mutate(r, data[i:i + r.randrange(2000)] if r.random() < .7 else data, PIECES)
        if r.random() < .1:
            source = b'# coding: ' + r.choice((b'latin-1', b'utf-16', b'x', b'utf-8', b'gbk', b'cp1252', b'rot13')) + b'\n' + source
    elif k < .75:
        source = text_of(r, PIECES, 60).encode('utf-8', 'surrogatepass')
    else:
        n = ast.Module([sensible(r, 'ast.stmt', 0) if r.random() < .8 else tree(r) for i in range(r.randrange(3))], []) if r.random() < .7 else r.choice((ast.Expression, ast.Interactive))(tree(r))
        note(('tree', r.getstate()[1][:3]))
        try:
            compile(n, 'f', 'exec')
        except EXPECTED + (TypeError,) as e:
            wrong(e)
        try:
            ast.dump(n), ast.unparse(n)
        except Exception as e:
            if type(e) is SystemError: raise
        return
    note(source)
    text = source.decode('utf-8', 'replace')
    for mode in ('exec', 'eval', 'single'):
        try:
            compile(source if r.random() < .5 else text, 'f', mode, flags=r.choice((0, 0, 0, ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, ast.PyCF_TYPE_COMMENTS, 0x200 | 0x400, 0x1000000)), dont_inherit=True)
        except EXPECTED as e:
            wrong(e)
    try:
        t = ast.parse(text)
    except EXPECTED:
        t = None
    if t is not None:
        try:
            u = ast.unparse(t)
        except (RecursionError, ValueError):
            u = None
        if u is not None and '\0' not in u:
            try:
                again = ast.parse(u)
            except EXPECTED as e:
                again = None
            if again is not None and ast.dump(t) != ast.dump(again) and 'WRONG' in os.environ:
                sys.stderr.write(f'WRONG unparse: {text!r}\n')
        try:
            symtable.symtable(text, 'f', 'exec')
        except EXPECTED:
            pass
    try:
        list(tokenize.generate_tokens(io.StringIO(text).readline))
    except (tokenize.TokenError, SyntaxError):
        pass

if __name__ == '__main__':
    main(once)
