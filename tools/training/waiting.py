"""Coroutines, tasks and their queues, compiling and importing."""
# SPDX-License-Identifier: MIT
import ast
import asyncio
import importlib
import os
import sys


async def leaf(i):
    return i + 1


async def branch(i):
    return await leaf(i) + await leaf(i + 1)


async def ticks(n):
    for i in range(n):
        yield i
        if i % 50 == 0:
            await asyncio.sleep(0)


class Resource:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exc):
        return None


async def producer(queue, n):
    for i in range(n):
        await queue.put(i)
    await queue.put(None)


async def consumer(queue):
    total = 0
    while (item := await queue.get()) is not None:
        total += item
    return total


async def run(n):
    total = 0
    for i in range(n):
        total += await branch(i)
    async for i in ticks(n):
        total += i
    total += sum([i async for i in ticks(n)])
    for _ in range(n // 10):
        async with Resource():
            total += 1
        await asyncio.sleep(0)
    queue = asyncio.Queue(8)
    got = await asyncio.gather(consumer(queue), producer(queue, n), *(branch(i) for i in range(50)))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(branch(i)) for i in range(n // 20)]
    return total + got[0] + sum(t.result() for t in tasks)


def compiled():
    """Modules of the library, compiled as an import compiles them."""
    folder = os.path.dirname(os.__file__)
    size = 0
    for name in "argparse.py", "dataclasses.py", "inspect.py", "typing.py", "json/decoder.py", "unittest/case.py":
        with open(os.path.join(folder, name), encoding="utf-8") as f:
            source = f.read()
        size += len(compile(source, name, "exec").co_code) + len(list(ast.walk(ast.parse(source))))
    return size


def imported():
    for name in "argparse", "email.message", "http.client", "decimal", "unittest", "xml.dom.minidom", "concurrent.futures", "pprint":
        for loaded in [m for m in sys.modules if m == name or m.startswith(name + ".")]:
            del sys.modules[loaded]
        importlib.import_module(name)


asyncio.run(run(40000))
compiled()
imported()
