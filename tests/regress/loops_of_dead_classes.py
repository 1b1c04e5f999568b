# asyncio's quick ways remember where a loop keeps its attributes, by the identity of its layout. Those of dead classes come back for others: a loop of another class, with
# its attributes elsewhere, must not be taken for one of theirs.
import asyncio, gc, random

def make(i):
    order = random.Random(i).sample(range(6), 6)
    class Loop(asyncio.SelectorEventLoop):
        def __init__(self):
            for n in order[:i % 6]:
                setattr(self, "early%d" % n, n)
            super().__init__()
            self._debug = False
        if i % 5 == 0:
            _closed = property(lambda self: self.__dict__.get("c", False), lambda self, v: self.__dict__.__setitem__("c", v))
    return Loop

ran = []
for i in range(900):
    loop = make(i)()
    early = {k: v for k, v in vars(loop).items() if k.startswith("early")}
    for n in range(3):
        loop.call_soon(ran.append, i)
    loop.call_soon(loop.stop)
    loop.run_forever()
    async def coro(): return i
    assert loop.run_until_complete(loop.create_task(coro())) == i
    assert {k: v for k, v in vars(loop).items() if k.startswith("early")} == early
    loop.close()
    try: loop.call_soon(print)
    except RuntimeError as e: assert str(e) == "Event loop is closed"
    else: raise AssertionError("closed")
    if i % 50 == 0: gc.collect()
print(ran == [i for i in range(900) for _ in range(3)])  # expect: True
