# Asynchronous generators resumed, closed, thrown into and looked at by several threads; an event loop whose objects are shared goes on as it did. threads.md 11
# time: 90
# soak: flat
import asyncio, gc, sys, threading, time
from _soak import repeat, run, rss, LONG

class Step:
    def __init__(self, v):
        self.v = v
    def __await__(self):
        return (yield self.v)
async def agen():
    local = {"n": [0]}
    try:
        for i in range(10**9):
            local["n"].append(i)
            del local["n"][:-5]
            await Step(i)
            yield i
    except KeyError:
        yield "key"
    finally:
        local.clear()

slot = [agen()]
allowed = ("already running", "already executing", "cannot reuse", "asynchronous generator", "generator ignored", "async generator", "StopIteration", "coroutine")
def drive(awaitable, how):
    it = awaitable.__await__() if hasattr(awaitable, "__await__") else awaitable
    try:
        for k in range(3):
            how(it) if how and k == 1 else it.send(None)
    except StopIteration as e:
        return e.value
    except StopAsyncIteration:
        slot[0] = agen()
    except (RuntimeError, ValueError, KeyError, ZeroDivisionError) as e:
        assert isinstance(e, (KeyError, ZeroDivisionError)) or any(a in str(e) for a in allowed), e
        if "reuse" in str(e) or isinstance(e, ZeroDivisionError):
            slot[0] = agen()
@repeat
def resumes():
    g = slot[0]
    drive(g.__anext__(), None)
@repeat
def sends():
    g = slot[0]
    drive(g.asend(None), None)
@repeat
def throws():
    g = slot[0]
    drive(g.athrow(KeyError("thrown")), None)
    drive(g.__anext__(), lambda it: it.throw(ZeroDivisionError))
    time.sleep(0.001)
@repeat
def closes():
    g = slot[0]
    try:
        drive(g.aclose(), lambda it: it.close())
    finally:
        slot[0] = agen()
    time.sleep(0.002)
@repeat
def looks():
    g = slot[0]
    f = g.ag_frame
    if f is not None:
        n = f.f_locals.get("local")
        assert n is None or type(n) is dict
        assert f.f_code.co_name == "agen" and (f.f_lineno is None or f.f_lineno > 0)
        f.f_back, f.f_lasti, repr(f)
    g.ag_await, g.ag_running, repr(g)
unraisable = []
sys.unraisablehook = lambda u: unraisable.append(u) if not isinstance(u.exc_value, (RuntimeError, KeyError, ValueError)) else None
print(run(resumes, resumes, sends, throws, closes, looks))  # expect: []
print(unraisable)  # expect: []

# --- a generator is published while it runs, and goes on
def running():
    box = []
    def g():
        local = [1, 2]
        t = threading.Thread(target=lambda: box.append((me, me.gi_running, me.gi_frame.f_locals["local"])))
        t.start()
        t.join()
        local.append(3)
        yield local
    me = g()
    out = next(me)
    assert out == [1, 2, 3] and box[0][1] and box[0][2] is out
for _ in range(20):
    running()
print("published")  # expect: published

# --- asyncio with an executor: memory stays flat
async def main():
    loop = asyncio.get_running_loop()
    total = await asyncio.to_thread(sum, range(10))
    q = asyncio.Queue(10)
    async def puts(n):
        for i in range(n):
            await q.put([i])
    async def gets(n):
        s = 0
        for _ in range(n):
            s += (await q.get())[0]
            if s % 50 == 0:
                await asyncio.sleep(0)
        return s
    rounds, n, at = (200 if LONG else 6), 2000, []
    for _ in range(rounds):
        a, b = await asyncio.gather(puts(n), gets(n))
        assert b == n * (n - 1) // 2
        total += await loop.run_in_executor(None, int, "1")
        at.append(rss())
    return total, at[-1] - at[rounds // 3]
total, growth = asyncio.run(main())
print(total >= 51 , growth < 30 or growth)  # expect: True True
