# Coroutines: awaiting, asyncio tasks, queues and gather.
# SPDX-License-Identifier: MIT
import asyncio

from _timing import report, size


async def leaf(i):
    return i


async def middle(i):
    return await leaf(i) + await leaf(i)


async def producer(q, n):
    for i in range(n):
        await q.put(i)
    await q.put(None)


async def consumer(q):
    total = 0
    while (item := await q.get()) is not None:
        total += item
    return total


async def ticks(n):
    for i in range(n):
        yield i


async def main(n):
    total = 0
    for i in range(n * 5):
        total += await middle(i)
    q = asyncio.Queue(10)
    _, got = await asyncio.gather(producer(q, n), consumer(q))
    total += got + sum(await asyncio.gather(*(middle(i) for i in range(n))))
    async for i in ticks(n):
        total += i
    for _ in range(n):
        await asyncio.sleep(0)
    return total


report("coroutines", asyncio.run, main(size(10_000)))
