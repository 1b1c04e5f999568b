"""Threads that hand work on, wait for each other, and use the same objects."""
# SPDX-License-Identifier: MIT
import contextvars
import os
import queue
import socket
import threading
import time
from collections import OrderedDict, deque
from concurrent.futures import ThreadPoolExecutor, as_completed


def in_threads(n, function, *args):
    """function(k, *args) in n threads at once; what they return, in order."""
    results = [None] * n

    def body(k):
        results[k] = function(k, *args)

    threads = [threading.Thread(target=body, args=(k,)) for k in range(n)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    return results


class Account:
    """Objects that threads share, each with its lock."""
    fee = 1

    def __init__(self, number, balance):
        self.lock = threading.Lock()
        self.number, self.balance, self.history = number, balance, []

    def withdraw(self, amount):
        with self.lock:
            if self.balance < amount + self.fee:
                return False
            self.balance -= amount + self.fee
            self.history.append(-amount)
            return True

    def deposit(self, amount):
        self.lock.acquire()
        try:
            self.balance += amount
            self.history.append(amount)
        finally:
            self.lock.release()


def transfers(k, accounts, n):
    done = 0
    for i in range(n):
        source, target = accounts[(i * 7 + k) % len(accounts)], accounts[(i * 3 + k * 5) % len(accounts)]
        if source is not target and source.withdraw(i % 13):
            target.deposit(i % 13)
            done += 1
    return done


class Registry:
    """A table under a re-entrant lock, with statistics."""

    def __init__(self):
        self.lock = threading.RLock()
        self.by_name, self.recent, self.seen, self.hits = {}, OrderedDict(), set(), 0

    def lookup(self, name):
        with self.lock:
            found = self.by_name.get(name)
            if found is None:
                found = self.add(name)
            else:
                self.hits += 1
            self.recent[name] = found
            self.recent.move_to_end(name)
            if len(self.recent) > 40:
                self.recent.popitem(last=False)
            return found

    def add(self, name):
        with self.lock:
            self.by_name[name] = found = (len(self.by_name), name.title())
            self.seen.add(name)
            return found


def lookups(k, registry, names, n):
    return sum(registry.lookup(names[(i * (k + 3)) % len(names)])[0] for i in range(n))


class Board:
    """What several threads write and read without a lock."""

    def __init__(self):
        self.scores, self.log, self.members, self.last, self.pending = {}, [], set(), None, deque()


def play(k, board, n):
    own = threading.local()
    own.count = 0
    for i in range(n):
        board.scores[k, i & 63] = i
        board.scores[i & 255] = k
        board.log.append((k, i))
        board.members.add(i & 127)
        board.last = i
        board.pending.append(i)
        own.count += len(board.pending) and board.pending.popleft() & 1
        if board.scores.get(i & 255) == k and (i & 127) in board.members:
            own.count += 1
    for key in list(board.scores):
        own.count += board.scores[key]
    return own.count + sum(i for _, i in board.log[-50:])


class Gate:
    """Doors that open and close: events, conditions, semaphores, barriers."""

    def __init__(self, n):
        self.open, self.stop = threading.Event(), threading.Event()
        self.changed, self.places, self.meeting = threading.Condition(), threading.BoundedSemaphore(2), threading.Barrier(n)
        self.level = 0


def pass_gate(k, gate, n):
    passed = 0
    for i in range(n):
        with gate.places:
            passed += gate.open.is_set()
        if k == 0 and i % 3 == 0:
            gate.open.set()
        with gate.changed:
            gate.level += 1
            if i & 1:
                gate.changed.notify(2)
            else:
                gate.changed.notify_all()
        if k == 0 and i % 3 == 1:
            gate.open.clear()
        if i % 50 == 0:
            gate.meeting.wait()
            with gate.changed:
                gate.changed.wait_for(lambda: gate.level > 0, timeout=1)
        passed += gate.stop.wait(0)
    return passed


class Baker:
    """Bakes a tray when the shelf is empty; the customer sleeps until the bell rings. None on the shelf: closed."""

    def __init__(self):
        self.shelf, self.bell = [], threading.Event()

    def bake(self, trays):
        for tray in [range(n % 5 + 1) for n in range(trays)] + [[None]]:
            while self.shelf:
                time.sleep(0)
            self.shelf.extend(tray)
            self.bell.set()

    def sell(self):
        sold = 0
        while True:
            self.bell.wait()
            self.bell.clear()
            while self.shelf:
                piece = self.shelf.pop()
                if piece is None:
                    return sold
                sold += piece


def bakery(k, baker, trays):
    return baker.sell() if k else baker.bake(trays)


class Task:
    def __init__(self, number, payload):
        self.number, self.payload, self.result = number, payload, None


def worker(tasks, results):
    while (task := tasks.get()) is not None:
        task.result = sum(task.payload) + len(str(task.number))
        results.put(task)
        tasks.task_done()
    tasks.task_done()


def pipeline(kinds, n):
    tasks, results = kinds[0](), kinds[1]()
    threads = [threading.Thread(target=worker, args=(tasks, results)) for _ in range(2)]
    for t in threads:
        t.start()
    for i in range(n):
        tasks.put(Task(i, [i, i + 1, i * 2.5]))
    for _ in threads:
        tasks.put(None)
    tasks.join()
    for t in threads:
        t.join()
    return sum(results.get().result for _ in range(n))


def serve(n):
    """Lines to and fro over a socket and a pipe."""
    here, there = socket.socketpair()
    reading, writing = os.pipe()

    def echo():
        with there, there.makefile("rwb") as stream:
            for line in stream:
                stream.write(line.upper())
                stream.flush()
                os.write(writing, b".")

    t = threading.Thread(target=echo)
    t.start()
    size = 0
    with here, here.makefile("rwb") as stream:
        for i in range(n):
            stream.write(b"message %d of many\n" % i)
            stream.flush()
            size += len(stream.readline()) + len(os.read(reading, 10))
        here.shutdown(socket.SHUT_WR)
    t.join()
    os.close(reading)
    os.close(writing)
    return size


name = contextvars.ContextVar("name", default="nobody")


def job(i):
    token = name.set(f"job {i}")
    try:
        if i % 50 == 0:
            time.sleep(0.0001)
        return len(name.get()) + i
    finally:
        name.reset(token)


def pooled(n):
    with ThreadPoolExecutor(2) as pool:
        total = sum(pool.map(job, range(n)))
        waiting = [pool.submit(job, i) for i in range(n // 2)]
        return total + sum(f.result() for f in as_completed(waiting))


accounts = [Account(i, 10_000_000) for i in range(20)]
in_threads(1, transfers, accounts, 60000)
in_threads(2, transfers, accounts, 20000)
names = [f"name {i}" for i in range(60)]
in_threads(1, lookups, Registry(), names, 40000)
in_threads(2, lookups, Registry(), names, 10000)
for count, n in (1, 60000), (2, 20000):
    in_threads(count, play, Board(), n)
    in_threads(count, pass_gate, Gate(count), n)
in_threads(2, bakery, Baker(), 3000)
pipeline([queue.Queue, queue.Queue], 20000)
pipeline([lambda: queue.Queue(50), queue.SimpleQueue], 5000)
serve(1500)
pooled(3000)
for _ in range(100):
    in_threads(2, job)
