# What random programs showed: which of several errors CPython tells, and what a group that was split says of its cause.
def f():
    try:
        try:
            raise ExceptionGroup('g',[ValueError(1),TypeError(2)])
        except* ValueError as e:
            pass
    except BaseException as x: print(repr(x), x.__suppress_context__, x.__context__, x.__cause__)
f()
def g(bad):
    try:
        raise ExceptionGroup('g',[ValueError(1),TypeError(2)]) from None
    except* ValueError as e:
        bad()
try: g(lambda: 1/0)
except BaseException as x: print(repr(x), x.__suppress_context__, repr(x.__context__))
try: g(lambda: 1)
except BaseException as x: print(repr(x), x.__suppress_context__, repr(x.__context__))
for a in ("type(3,k=1)","type(k=1)","type(1,2,k=1)","type('a',(),{},k=1)","type()","type(1,2)","type(1,2,3,4)","type(*[],**{'k':1})","type(1,**{1:2})"):
    try: print(eval(a))
    except TypeError as e: print(a,e)
class C: pass
class D:
    def __init__(self): pass
class E:
    def __new__(cls): return object.__new__(cls)
for a in ("C(**{1:2})","D(**{1:2})","E(**{1:2})","C(1,**{1:2})","len(**{1:2})","int(**{1:2})","dict(**{1:2})","print(**{1:2})","str(**{1:2})","(lambda:1)(**{1:2})","list(**{1:2})","(lambda **k:k)(**{1:2})","[].append(**{1:2})", "C(a=1)","object(**{1:2})"):
    try: print(eval(a))
    except TypeError as e: print(a,e)
for l in ({}, set(), 'a', C(), 3, None, 2.5, range(3), memoryview(b'a'), b'a', frozenset(), (lambda:1), C, [].__iter__()):
    for r in ([1], 'a', (1,), {}):
        x=l
        try:
            x*=r; print(x)
        except TypeError as e: print(e)
        try: print(l*r)
        except TypeError as e: print(e)

# Where leaving an except* block is wrong.
for src in ("for i in 1,:\n try: pass\n except* E: break\n", "def f():\n try: pass\n except* E: return 1\n","for i in 1,:\n try: pass\n except* E: continue\n","def f():\n try: pass\n except* E: return\n","def f():\n try: pass\n except* E:\n  with a: return 1\n","for i in 1,:\n try: pass\n except* E:\n  with a: break\n","for i in 1,:\n try: pass\n except* E:\n  try: break\n  finally: pass\n"):
    try: compile(src,'x','exec')
    except SyntaxError as e: print(e.msg,e.lineno,e.offset,e.end_lineno,e.end_offset,e.text)

import asyncio
async def f():
    try:
        async for x in [1,2]: pass
    except TypeError as e: print(e)
    try: [x async for x in [1,2]]
    except TypeError as e: print(e)
    try:
        async for x in {1,2}: pass
    except TypeError as e: print(e)
    try: [x async for x in {1,2}]
    except TypeError as e: print(e)
asyncio.run(f())
