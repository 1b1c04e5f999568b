# Starting threads, and handing data to one through a queue.
# SPDX-License-Identifier: MIT
import queue
import threading

from _timing import report, size


def start_and_join(n):
    for _ in range(n):
        t = threading.Thread(target=int)
        t.start()
        t.join()


def through_a_queue(make, n):
    asked, answered = queue.Queue(), queue.Queue()

    def echo():
        while (item := asked.get()) is not None:
            answered.put(item)

    thread = threading.Thread(target=echo)
    thread.start()
    items = [make() for _ in range(n)]

    def pass_on():
        for item in items:
            asked.put(item)
            assert answered.get() is item

    yield pass_on
    asked.put(None)
    thread.join()


n = size(2000)
start_and_join(10)
report("thread_start_join", start_and_join, n, per=n)
for name, make, n in (
    ("queue_1MiB_bytes", lambda: bytes(1 << 20), size(500)),
    ("queue_list_of_100000", lambda: [[i] for i in range(100_000)], size(50)),
):
    for pass_on in through_a_queue(make, n):
        report(name, pass_on, per=n)
