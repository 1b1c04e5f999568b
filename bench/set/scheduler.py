# A scheduler of tasks: classes, queues, states (in the manner of Richards' benchmark).
# SPDX-License-Identifier: MIT
from _timing import report, size


class Packet:
    def __init__(self, link, ident, kind):
        self.link, self.ident, self.kind, self.datum, self.data = link, ident, kind, 0, [0] * 4


class Task:
    def __init__(self, scheduler, ident, priority):
        self.scheduler, self.ident, self.priority = scheduler, ident, priority
        self.queue, self.waiting, self.done = [], False, 0

    def offer(self, packet):
        self.queue.append(packet)
        self.waiting = False
        self.scheduler.wake(self)

    def step(self):
        raise NotImplementedError


class Device(Task):
    def step(self):
        if not self.queue:
            self.waiting = True
            return
        packet = self.queue.pop(0)
        self.done += 1
        packet.datum += 1
        self.scheduler.send(packet.link, packet)


class Worker(Task):
    def __init__(self, scheduler, ident, priority):
        super().__init__(scheduler, ident, priority)
        self.turn = 0

    def step(self):
        if not self.queue:
            self.waiting = True
            return
        packet = self.queue.pop(0)
        self.turn = (self.turn + 1) % 26
        for i in range(4):
            packet.data[i] = self.turn + i
        self.done += 1
        packet.link = self.ident
        self.scheduler.send(2 + self.turn % 2, packet)


class Scheduler:
    def __init__(self):
        self.tasks, self.ready, self.sent = {}, [], 0

    def add(self, task):
        self.tasks[task.ident] = task

    def wake(self, task):
        if task not in self.ready:
            self.ready.append(task)

    def send(self, ident, packet):
        self.sent += 1
        self.tasks[ident].offer(packet)

    def run(self, limit):
        while self.ready and self.sent < limit:
            task = max(self.ready, key=lambda t: t.priority)
            task.step()
            if task.waiting:
                self.ready.remove(task)


def run(n):
    s = Scheduler()
    s.add(Worker(s, 1, 10))
    s.add(Device(s, 2, 20))
    s.add(Device(s, 3, 30))
    for i in range(3):
        s.send(1, Packet(1, i, "work"))
    s.run(n)
    return s.sent


report("scheduler", run, size(150_000))
