# Trees as objects: the classes, and compile() in both directions.
import _ast
src = '''
from __future__ import annotations
import a.b as c
@d
async def f(x, /, y: int = 1, *z, k=2, **kw) -> str:
    "doc"
    async with a as b, c: pass
    async for q in w: yield q
    return
class A(B, metaclass=M):
    x: int = 3
    def m[T: int](self): return [i for i in self if i], {1: 2, **z}, lambda *a: a
    match x:
        case {"a": 1, **r}: pass
        case A(1, b=2) | None: pass
        case [1, *_, None] as t if t > 1: pass
try: del a, b[1:2]
except* (E, F) as e: raise X from e
finally: assert x, "m"
for i in range(3): x += f"{i!r:>{3}} a"
else: nonlocal_ = 1j + 2.5 + 10**30 + b"x"
while 1 < a <= b: break
type X[T] = list[T]
global g
x = y = (z := 1) if a else not b
'''
def dump(n):
    if isinstance(n, _ast.AST): return type(n).__name__ + '(' + ', '.join(f'{k}={dump(getattr(n,k))}' for k in n._fields) + ')'
    if isinstance(n, list): return '[' + ', '.join(map(dump, n)) + ']'
    return repr(n)
t = compile(src, "f", "exec", 0x400)
print(dump(t))
c1 = compile(t, "f", "exec"); c2 = compile(src, "f", "exec")
print(c1.co_names, c1 == c2, len(c1.co_code) == len(c2.co_code))
t = compile("x = 1 + 2; y = (1, 'a')", "f", "exec", 0x8400); print(dump(t))
print(eval(compile(compile("1+1", "f", "eval", 0x400), "f", "eval")))
