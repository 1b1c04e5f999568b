# `await anext(it, default)` where __anext__ is a coroutine that has to wait, once or more; thrown into and closed while it waits.
import asyncio

end = object()


class Counter:
    def __init__(self, waits=1):
        self.n, self.waits = 0, waits

    def __aiter__(self):
        return self

    async def __anext__(self):
        self.n += 1
        if self.n > 2:
            raise StopAsyncIteration
        try:
            for _ in range(self.waits):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            print("cancelled at", self.n)
            raise
        return self.n


async def generator():
    yield 1
    await asyncio.sleep(0)
    yield 2


class Around:
    def __init__(self, it):
        self.it = it

    async def __anext__(self):
        return await anext(self.it)


async def main():
    for make in (Counter, lambda: Counter(3), generator, lambda: Around(Counter()), lambda: Around(generator())):
        it = make()
        print([await anext(it, end), await anext(it, end), await anext(it, end) is end])
    it = Counter(100)
    task = asyncio.create_task(anyhow(it))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")


async def anyhow(it):
    return await anext(it, end)


asyncio.run(main())
# expect: [1, 2, True]
# expect: [1, 2, True]
# expect: [1, 2, True]
# expect: [1, 2, True]
# expect: [1, 2, True]
# expect: cancelled at 1
# expect: cancelled


# by hand
class Once:
    def __await__(self):
        got = yield "waits"
        return got


class Hand:
    async def __anext__(self):
        return await Once()


a = anext(Hand(), end)
print(next(a))  # expect: waits
try:
    a.send(5)
except StopIteration as e:
    print(e.value)  # expect: 5
a = anext(Hand(), end)
print(a.send(None))  # expect: waits
try:
    a.throw(StopAsyncIteration)
except StopIteration as e:
    print(e.value is end)  # expect: True
except BaseException as e:
    print(repr(e))
a = anext(Hand(), end)
print(next(a.__await__()))  # expect: waits
a.close()
try:
    next(a)
except RuntimeError as e:
    print(e)  # expect: cannot reuse already awaited coroutine
