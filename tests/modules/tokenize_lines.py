# tokenize: lines are read when their tokens are due, so that callers may count them; the ends of lines stay as they are.
import tokenize, io
def g(lines, log):
    it=iter(lines)
    def rl():
        l=next(it); log.append(('read',l)); return l
    return rl
for src in (['x\r\n','y'],['if 1:\r\n','  a\r\n','b = """x\r\n','z"""\r\n'],['a','b\n','c'],['x = 1\n','\n','# c\n','def f():\n','    """d\n','\n','  e"""\n','    return (1,\n','   2)\n','f"""{a\n','} b\n','"""\n'],['a \\\n','b\n'],['(\n'],['"""a\n','b\n'],['a\0b\n'],['a\n','b\0\n'],[''],['\n'],['\ufeffa\n'], ["'\\\n","x'\n"],['if x:\n','  y\n',' z\n'],['é = "ü"\n', 'ß # ñ\n']):
    log=[]
    print('==',ascii(src))
    try:
        for t in tokenize.generate_tokens(g(src,log)):
            log.append(tuple(t))
    except SyntaxError as e: log.append((type(e).__name__, e.msg, e.args[1][:3]))
    except Exception as e: log.append((type(e).__name__, e.args))
    for x in log: print('  ',ascii(x))
def bad():
    raise ValueError('x')
try: list(tokenize.generate_tokens(bad))
except Exception as e: print(repr(e))
def f2():
    yield '(a\n'
    raise KeyError(1)
try: list(tokenize.generate_tokens(f2().__next__))
except Exception as e: print(repr(e))
for r in (lambda: b'x', lambda: 3, lambda:''):
    try: print(list(tokenize.generate_tokens(r)))
    except Exception as e: print(repr(e))
