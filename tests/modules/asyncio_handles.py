# What an event loop does in C (call_soon, handles) behaves as the library wherever something is not as it was made.
import asyncio, traceback, sys
from unittest import mock
import asyncio.base_events as b, asyncio.events as e
def show(*a): print(*a)
loop = asyncio.new_event_loop()
def bad(x): raise ValueError(x)
def stop(): loop.stop()
# exception in callback: goes to the handler with the lines of the library
seen=[]
loop.set_exception_handler(lambda l, c: seen.append(c))
for k in range(3):
    loop.call_soon(bad, k); loop.call_soon(stop); loop.run_forever()
for c in seen:
    show(c['message'].split(' at ')[0], repr(c['exception']), [ (f.name, f.line) for f in traceback.extract_tb(c['exception'].__traceback__)])
# frames while the callback runs
def look():
    f = sys._getframe(1)
    show(f.f_code.co_name, f.f_lineno - f.f_code.co_firstlineno)
loop.call_soon(look); loop.call_soon(stop); loop.run_forever()
def kbd(): raise KeyboardInterrupt("k")
loop.call_soon(kbd)
try: loop.run_forever()
except KeyboardInterrupt as x: show("kbd", x)
# patched
with mock.patch.object(b.BaseEventLoop, "_call_soon", return_value=mock.Mock(_source_traceback=None)) as m:
    loop.call_soon(look, 1); show(m.call_args.args[1:])
with mock.patch("asyncio.events.Handle") as m:
    loop.call_soon(look, 2); show(m.call_count, m.call_args.args[1])
    loop._ready.clear()
loop._ready_old = loop._ready
class L(asyncio.SelectorEventLoop):
    def call_soon(self, cb, *args, context=None):
        show("own", getattr(cb, "__name__", type(cb).__name__)); return super().call_soon(cb, *args, context=context)
l2 = L()
async def f(): await asyncio.sleep(0); return 3
show(l2.run_until_complete(f())); l2.close()
h = loop.call_soon(look); show(type(h).__name__, h._args, h._cancelled, h._repr, h._source_traceback, h._loop is loop, h._callback is look)
h.cancel(); loop.call_soon(stop); loop.run_forever()
loop.set_debug(True)
h = loop.call_soon(stop); show(len(h._source_traceback) > 0); loop.run_forever(); loop.set_debug(False)
loop.call_soon(stop); loop.run_forever()
import contextvars
v = contextvars.ContextVar("v", default=0); ctx = contextvars.copy_context(); ctx.run(v.set, 5)
loop.call_soon(lambda: show(v.get()), context=ctx); loop.call_soon(lambda: show(v.get())); loop.call_soon(stop); loop.run_forever()
async def own():
    t = asyncio.current_task()
    await asyncio.sleep(0)
    return len(asyncio.all_tasks())
show(loop.run_until_complete(own()), len(asyncio.all_tasks(loop)))
try: loop.call_soon(1, 2); loop.call_soon(stop); loop.run_forever()
except BaseException as x: show(repr(x))
show(repr(seen[-1]['exception']))
loop.close()
try: loop.call_soon(look)
except RuntimeError as x: show(x)
fut = loop.create_future(); fut.add_done_callback(look)
try: fut.set_result(1)
except RuntimeError as x: show(x)

# Making tasks.
loop = asyncio.new_event_loop()
async def name(): return asyncio.current_task().get_name()
async def gathered(*a, **k): return await asyncio.gather(*a, **k)
async def tasks():
    t = asyncio.create_task(name(), name="mine"); show(await t, t.done(), t.get_loop() is loop, t.get_name())
    t = loop.create_task(name()); show((await t).startswith("Task-"))
    show(await asyncio.ensure_future(name(), loop=loop) == "Task-1", await asyncio.gather(leaf(1), leaf(2)))
    for bad in (1, leaf):
        try: asyncio.ensure_future(bad)
        except TypeError as x: show(x)
        try: loop.create_task(bad)
        except TypeError as x: show(str(x).split(", got")[0], [(f.name, f.line) for f in traceback.extract_tb(x.__traceback__)][1:])
    v.set(7)
    t = asyncio.create_task(inner()); v.set(8); show(await t, v.get())
    show(len(asyncio.all_tasks()), [await asyncio.create_task(leaf(i)) for i in range(3)])
async def leaf(x): return x
async def inner():
    v.set(v.get() + 1)
    return v.get()
loop.run_until_complete(tasks())
loop.set_task_factory(lambda l, c, **k: (show("factory", sorted(k)), asyncio.Task(c, loop=l, **k))[1])
loop.run_until_complete(tasks_again := gathered(leaf(5)))
loop.set_task_factory(None)
with mock.patch("asyncio.tasks.Task") as m:
    c = leaf(1); loop.create_task(c); show(m.call_count, sorted(m.call_args.kwargs)); c.close()
with mock.patch("asyncio.tasks.futures") as m:
    m._get_loop.return_value = loop
    c = leaf(1); show(asyncio.ensure_future(c, loop=loop) is c, m.isfuture.call_count); c.close()
class Own(asyncio.SelectorEventLoop):
    def create_task(self, coro, **kw):
        show("create_task", sorted(kw)); return super().create_task(coro, **kw)
l3 = Own(); l3.run_until_complete(gathered(leaf(1), leaf(2))); l3.close()
loop.create_task = lambda c, **k: (show("instance's"), type(loop).create_task(loop, c, **k))[1]
loop.run_until_complete(gathered(leaf(1)))
del loop.create_task
loop.run_until_complete(gathered(leaf(1)))
async def iterating():
    ts = [asyncio.create_task(leaf(i)) for i in range(4)]
    it = iter(asyncio.tasks._scheduled_tasks); first = next(it)
    del first
    await asyncio.gather(*ts); del ts
    import gc; gc.collect()
    n = len(asyncio.all_tasks()); list(it)
    return n
show(loop.run_until_complete(iterating()), len(asyncio.all_tasks(loop)))
loop.close()
c = leaf(1)
try: loop.create_task(c)
except RuntimeError as x: show(x, [(f.name, f.line) for f in traceback.extract_tb(x.__traceback__)][1:])
c.close()
