"""Containers and records: dicts, sets, lists, heaps, graphs, JSON, pickles, copies, dates, structures."""
# SPDX-License-Identifier: MIT
import array
import bisect
import copy
import datetime
import heapq
import json
import pickle
import random
import struct
from collections import ChainMap, Counter, defaultdict, deque


def grid_paths(size):
    """Shortest ways through a grid with weights, by a heap."""
    r = random.Random(3)
    weight = {(x, y): r.randrange(1, 9) for x in range(size) for y in range(size)}
    best, queue = {(0, 0): 0}, [(0, (0, 0))]
    while queue:
        cost, spot = heapq.heappop(queue)
        if cost > best[spot]:
            continue
        x, y = spot
        for step in (x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1):
            if step in weight:
                c = cost + weight[step]
                if c < best.get(step, 1 << 30):
                    best[step] = c
                    heapq.heappush(queue, (c, step))
    return best[size - 1, size - 1]


def reachable(graph, start):
    seen, todo = {start}, deque([start])
    while todo:
        for other in graph[todo.popleft()]:
            if other not in seen:
                seen.add(other)
                todo.append(other)
    return len(seen)


def order(needs):
    state, out = {}, []

    def visit(name):
        if state.get(name) == 2:
            return
        state[name] = 1
        for other in needs.get(name, ()):
            if state.get(other, 0) != 1:
                visit(other)
        state[name] = 2
        out.append(name)
    for name in needs:
        visit(name)
    return out


class Record:
    def __init__(self, number):
        self.number = number
        self.name = f"record {number}"
        self.values = [number, number / 2, None, True]
        self.links = {"next": number + 1, "previous": number - 1}


class Machine:
    """A small stack machine: dispatch by name."""

    def __init__(self):
        self.stack, self.names = [], {}

    def run(self, program):
        at = 0
        while at < len(program):
            op, arg = program[at]
            at = getattr(self, "op_" + op)(arg) or at + 1
        return self.stack.pop()

    def op_push(self, value):
        self.stack.append(value)

    def op_load(self, name):
        self.stack.append(self.names[name])

    def op_store(self, name):
        self.names[name] = self.stack.pop()

    def op_add(self, _):
        b = self.stack.pop()
        self.stack[-1] += b

    def op_less(self, _):
        b, a = self.stack.pop(), self.stack.pop()
        self.stack.append(a < b)

    def op_jump(self, to):
        return to if self.stack.pop() else None


class Job:
    def __init__(self, name, priority, work):
        self.name, self.priority, self.work, self.done = name, priority, work, False

    def __lt__(self, other):
        return self.priority < other.priority

    def step(self):
        self.work -= 1
        self.done = self.work <= 0
        return self.done


class Shop:
    """Jobs taken by workers, with queues between."""

    def __init__(self, workers):
        self.workers = [[] for _ in range(workers)]
        self.finished = []
        self.clock = 0

    def add(self, job):
        queue = min(self.workers, key=len)
        bisect.insort(queue, job)

    def tick(self):
        self.clock += 1
        for queue in self.workers:
            if queue and queue[0].step():
                self.finished.append((self.clock, queue.pop(0).name))
        return any(self.workers)


def main(n):
    out = []
    r = random.Random(5)
    numbers = [r.randrange(n) for _ in range(n)]
    out.append((grid_paths(24), reachable({i: [(i * 7) % 500, (i * 3 + 1) % 500] for i in range(500)}, 0)))
    out.append(len(order({f"t{i}": [f"t{i * 2 % 97}", f"t{i // 2}"] for i in range(200)})))
    counts = {}
    for x in numbers:
        counts[x] = counts.get(x, 0) + 1
        if x in counts and x % 11 == 0:
            del counts[x]
    groups = defaultdict(list)
    for i, x in enumerate(numbers):
        groups[x % 17].append(i)
    merged = {**counts, "extra": 1} | {k: len(v) for k, v in groups.items()}
    chain = ChainMap({"a": 1}, merged)
    out.append((len(merged), chain["extra"], sum(counts.values()), sum(len(v) for v in groups.values())))
    for key, value in merged.items():
        if isinstance(key, int) and value > 2:
            out.append(key + value)
    a, b = set(numbers[: n // 2]), set(numbers[n // 2:])
    out.append((len(a & b), len(a | b), len(a - b), len(a ^ b), a <= b, a.isdisjoint(b), frozenset(a) == a))
    for i in range(n):
        a.add(i % 300)
        b.discard(i % 200)
    stack = []
    for x in numbers:
        while stack and stack[-1] > x:
            stack.pop()
        stack.append(x)
    out.append((stack[:5], numbers[::-1][:3], numbers.index(numbers[-1]), sum(numbers[10:-10:3]), numbers.count(5)))
    table = [[0] * 30 for _ in range(30)]
    for i in range(n):
        table[i % 30][(i // 30) % 30] += i
    table[1][2:5] = [1, 2, 3]
    out.append(sum(map(sum, table)) + len([c for row in table for c in row if c]))
    pairs = sorted(zip(numbers, range(n)))
    names = sorted((f"k{x % 100}" for x in numbers), reverse=True)
    names.sort(key=lambda s: int(s[1:]))
    out.append((pairs[:2], names[:2], sorted(numbers, key=lambda x: -x)[:2], heapq.nlargest(3, numbers), bisect.bisect(sorted(numbers), n // 2)))
    records = [Record(i) for i in range(n // 10)]
    plain = [vars(x) for x in records]
    text = json.dumps(plain)
    out.append((len(text), len(json.loads(text)), len(json.dumps(plain, indent=1, sort_keys=True)), json.loads('{"a": [1, 2.5e3, "x\\u00e9\\n", null, true]}')))
    for protocol in 2, 5:
        blob = pickle.dumps(records, protocol)
        out.append((len(blob) > 0, len(pickle.loads(blob))))
    out.append(len(copy.deepcopy(plain[:100])) + len(copy.copy(records)))
    loop = [("push", 0), ("store", "i"), ("load", "i"), ("push", 1), ("add", None), ("store", "i"), ("load", "i"), ("push", n // 10), ("less", None), ("jump", 2), ("load", "i")]
    out.append(Machine().run(loop))
    shop = Shop(4)
    for i in range(n // 10):
        shop.add(Job(f"job{i}", i * 7 % 13, i % 5 + 1))
    while shop.tick():
        pass
    out.append((shop.clock, len(shop.finished)))
    day = datetime.date(2024, 1, 31)
    for i in range(n // 10):
        day += datetime.timedelta(days=i % 3)
        out.append(day.isoformat()[5:7])
    moment = datetime.datetime(2024, 2, 28, 12, 30)
    out.append([(moment + datetime.timedelta(hours=i)).strftime("%Y-%m-%d %H") for i in range(50)][-1])
    packed = b"".join(struct.pack("<IHd", i, i & 0xFFFF, i / 2) for i in range(n // 4))
    out.append(sum(x[0] for x in struct.iter_unpack("<IHd", packed)))
    doubles = array.array("d", (x / 2 for x in numbers))
    view = memoryview(packed)[4:-4]
    out.append((sum(doubles), len(view.tobytes()), Counter(view[:500]).most_common(1)))
    return out


main(120000)
