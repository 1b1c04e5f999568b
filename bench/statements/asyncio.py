"""A hundred of each, in one run of the loop."""
# SPDX-License-Identifier: MIT

import asyncio
loop = asyncio.new_event_loop()


async def c0():
    pass


async def c1():
    await asyncio.sleep(0)


async def g(n):
    await asyncio.gather(*[c1() for i in range(n)])


async def ts(n):
    for i in range(n):
        await asyncio.create_task(c0())


async def fu(n):
    for i in range(n):
        f = loop.create_future()
        f.set_result(1)
        await f


async def sl(n):
    for i in range(n):
        await asyncio.sleep(0)


async def qq(n):
    q = asyncio.Queue()
    for i in range(n):
        await q.put(i)
        await q.get()


async def lk(n):
    l = asyncio.Lock()
    for i in range(n):
        async with l:
            pass


async def tg(n):
    async with asyncio.TaskGroup() as t:
        for i in range(n):
            t.create_task(c1())


async def wf(n):
    for i in range(n):
        await asyncio.wait_for(c0(), 1)


async def cs(n):
    for i in range(n):
        loop.call_soon(int)
    await asyncio.sleep(0)


async def cl(n):
    for i in range(n):
        loop.call_later(10, int).cancel()


def statements():
    loop.run_until_complete(g(100))
    loop.run_until_complete(ts(100))
    loop.run_until_complete(fu(100))
    loop.run_until_complete(sl(100))
    loop.run_until_complete(qq(100))
    loop.run_until_complete(lk(100))
    loop.run_until_complete(tg(100))
    loop.run_until_complete(wf(100))
    loop.run_until_complete(cs(100))
    loop.run_until_complete(cl(100))
