# Reading shared data that nobody changes costs a thread no more while others read it too. threads.md 12
# SPDX-License-Identifier: MIT
# time: 60
# tsan: it measures
import sys, threading, time
from _soak import CHECKED

class Config:
    limit = 5
    names = ("a", "b", "c")
    def __init__(self):
        self.scale, self.table, self.label = 3, {"x": "ex", "y": "why"}, "some " + str(time.time())
    def use(self, i):
        return self.table["x"], self.limit, self.names[i % 3], self.label
config = Config()
items = [str(i) for i in range(100)]
table = {str(i): [i] for i in range(100)}
def reads(n):
    c, l, d = config, items, table
    for i in range(n):
        c.use(i)
        l[i % 100]
        d["7"][0]
        for x in c.names:
            x
def cost(n):
    before = time.thread_time()
    reads(n)
    return time.thread_time() - before

def measure():
    threads = [threading.Thread(target=reads, args=(200000,)) for _ in range(2)] # what is hot is found to be
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    alone, together = [], []
    for _ in range(5):
        t = threading.Thread(target=lambda: alone.append(cost(20000)))
        t.start()
        t.join()
        ts = [threading.Thread(target=lambda: together.append(cost(20000))) for _ in range(2)]
        for t in ts:
            t.start()
        for t in ts:
            t.join()
    return sorted(together)[len(together) // 2] / sorted(alone)[2]
# A counter that two cores fight over costs ten times as much as one that one core has; two threads of one core share its units, and machines are busy.
ratio = min(measure() for _ in range(3)) if not CHECKED else 1
print(ratio < 3 or ratio)  # expect: True
