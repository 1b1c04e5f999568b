# Attributes of shared instances: no store is lost when another thread asks for __dict__ at the same moment. threads.md 30
# SPDX-License-Identifier: MIT
import threading


class A:
    def __init__(self):
        self.a = self.b = self.c = self.d = None


lost = 0
for round in range(300):
    o = A()
    start = threading.Barrier(3)

    def store(name, value):
        start.wait()
        setattr(o, name, value)
        o.a = o.a

    ts = [threading.Thread(target=store, args=(n, n * 2)) for n in 'bc']
    for t in ts:
        t.start()
    start.wait()
    d = o.__dict__
    for t in ts:
        t.join()
    lost += o.b != 'bb' or o.c != 'cc' or d is not o.__dict__
print(lost)  # expect: 0
