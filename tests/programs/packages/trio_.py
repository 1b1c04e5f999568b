# trio: structured concurrency over its own loop.
# SPDX-License-Identifier: MIT
import trio


async def child(n, channel):
    async with channel:
        for i in range(3):
            await trio.sleep(0.001 * n)
            await channel.send(n * 10 + i)


async def main():
    send, receive = trio.open_memory_channel(0)
    got = []
    async with trio.open_nursery() as nursery:
        async with send, receive:
            for n in range(4):
                nursery.start_soon(child, n, send.clone())
            await send.aclose()
            async for v in receive:
                got.append(v)
    print(sorted(got))
    with trio.move_on_after(0.01) as scope:
        await trio.sleep_forever()
    print(scope.cancelled_caught, await trio.to_thread.run_sync(lambda: sum(range(1000))))
    try:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(trio.sleep_forever)
            raise KeyError("out")
    except* KeyError as group:
        print(repr(group.exceptions))


trio.run(main)
