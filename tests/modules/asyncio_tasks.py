# asyncio on the native futures and tasks.
import asyncio
import sys


async def sub(n):
    await asyncio.sleep(0.001 * n)
    return n


async def serve(reader, writer):
    while data := await reader.readline():
        writer.write(data.upper())
        await writer.drain()
    writer.close()


async def fails():
    raise ValueError("inside")


async def main():
    loop = asyncio.get_running_loop()
    print(asyncio.Task.__module__, asyncio.Future.__module__, asyncio.current_task().get_name(), asyncio.current_task() in asyncio.all_tasks())
    print(await asyncio.gather(*(sub(i) for i in range(5))))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(sub(i), name=f"t{i}") for i in range(3)]
    print([(task.result(), task.get_name(), task.done()) for task in tasks])
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fails())
            group.create_task(asyncio.sleep(10))
    except* ValueError as errors:
        print(repr(errors.exceptions))
    try:
        async with asyncio.timeout(0.01):
            await asyncio.sleep(5)
    except TimeoutError as error:
        print("timeout", repr(error.__cause__))
    print(await asyncio.to_thread(lambda: 42))
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    writer.write(b"hello\n")
    print(await reader.readline())
    writer.close()
    await writer.wait_closed()
    server.close()
    await server.wait_closed()
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", "print(input()[::-1])", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE)
    print(await process.communicate(b"abc\n"), process.returncode)

    # cancellation
    async def stubborn():
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError as error:
            print("cancelled with", error.args, asyncio.current_task().cancelling())
            asyncio.current_task().uncancel()
        return "stayed"

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)
    print(task.cancel("why"), await task, task.cancelling(), task.cancelled())
    task = asyncio.create_task(sub(1000))
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled", task.cancelled(), task.done())

    # futures
    future = loop.create_future()
    order = []
    for i in range(3):
        future.add_done_callback(lambda f, i=i: order.append(i))
    print(future.remove_done_callback(print), len(future._callbacks), future._state)
    loop.call_soon(future.set_result, "r")
    print(await future, future._callbacks)
    await asyncio.sleep(0)
    print(order)
    for action in (lambda: future.set_result(1), lambda: loop.create_future().result(), lambda: loop.create_future().set_exception(3), lambda: asyncio.current_task().set_result(1)):
        try:
            action()
        except Exception as error:
            print(type(error).__name__, error)
    future = loop.create_future()
    future.set_exception(StopIteration)
    print(repr(future.exception()))

    # bad yields
    class Bad:
        def __await__(self):
            yield 3

    async def bad():
        await Bad()

    async def itself():
        await me

    for make in (bad, itself):
        me = asyncio.create_task(make())
        try:
            await me
        except RuntimeError as error:
            print(str(error)[:29])

    # eager tasks
    async def quick():
        return asyncio.current_task().get_name()

    loop.set_task_factory(asyncio.eager_task_factory)
    task = loop.create_task(quick(), name="eager")
    print(task.done(), task.result(), asyncio.current_task().get_name())
    task = loop.create_task(sub(1))
    print(task.done(), await task)

    # errors nobody asked for
    seen = []
    loop.set_exception_handler(lambda loop, context: seen.append((context["message"], type(context.get("exception")).__name__)))
    loop.set_task_factory(None)
    task = loop.create_task(fails())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    del task
    print(seen)


asyncio.run(main())
try:
    asyncio.get_running_loop()
except RuntimeError as error:
    print(error)
