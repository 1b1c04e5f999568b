# What the compiler makes of the language: checked against the recorded output.
class Aw:
    def __init__(s, v): s.v=v
    def __await__(s):
        r = yield s.v
        return r
async def co(x):
    a = await Aw(x)
    b = await Aw(x+1)
    return a, b
def run(c):
    v = None; out=[]
    try:
        while True:
            out.append(c.send(v)); v = (v or 0) + 100
    except StopIteration as e: return out, e.value
print(run(co(1)))
async def ag(n):
    for i in range(n):
        await Aw(i)
        yield i
async def use():
    r = []
    async for x in ag(3): r.append(x)
    else: r.append('else')
    l = [x async for x in ag(2)]
    s = {x async for x in ag(2) if x}
    d = {x: await co(x) async for x in ag(2)}
    g = (x async for x in ag(2))
    r2 = [y async for y in g]
    return r, l, s, d, r2
print(run(use()))
class ACM:
    async def __aenter__(s): await Aw('in'); return s
    async def __aexit__(s, t, v, tb): await Aw('out'); print('aexit', t); return True
async def w():
    async with ACM() as a:
        print(type(a).__name__)
        raise ValueError
    async with ACM(), ACM(): pass
    async with ACM(): return 5
print(run(w()))
async def brk():
    async for x in ag(5):
        if x == 2: break
    return x
print(run(brk()))
async def thr():
    try: await Aw(1)
    except ValueError as e: return ('caught', str(e))
c = thr(); c.send(None)
try: c.throw(ValueError('t'))
except StopIteration as e: print(e.value)
async def agen2():
    x = yield 1
    print('sent', x)
    yield 2
async def useag():
    g = agen2()
    print(await g.asend(None), await g.asend('v'))
    await g.aclose()
run(useag())
def gen():
    x = yield
    while x:
        x = yield x * 2
g = gen(); next(g); print(g.send(2), g.send(5))
def sub():
    try:
        while True:
            try: yield 1
            except KeyError: yield 'ke'
    finally: print('sub fin')
def main(): yield from sub()
m = main(); print(next(m), m.throw(KeyError)); m.close()
async def acomp(): return [await co(i) for i in range(2)]
print(run(acomp()))
try: run(5)
except AttributeError as e: print(e)
async def bad(): await 5
try: run(bad())
except TypeError as e: print(e)
c = co(1); c.close()
