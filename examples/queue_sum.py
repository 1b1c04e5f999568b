# A sum by two processes, and by two threads, that hand their halves over through a Queue.
# SPDX-License-Identifier: MIT
import multiprocessing
import queue
import threading

from _row import row

END = 40_000_000


def work(start, end, results):
    total = 0
    for i in range(start, end):
        total += i
    results.put(total)


def by_two(worker, results):
    workers = [worker(target=work, args=(0, END // 2, results)), worker(target=work, args=(END // 2, END, results))]
    for w in workers:
        w.start()
    total = results.get() + results.get()
    for w in workers:
        w.join()
    return total


def in_sequence():
    results = queue.Queue()
    work(0, END, results)
    return results.get()


if __name__ == "__main__":
    expected = END * (END - 1) // 2
    row("in sequence", in_sequence, expected)
    row("two threads and a Queue", lambda: by_two(threading.Thread, queue.Queue()), expected)
    row("two processes and a Queue", lambda: by_two(multiprocessing.Process, multiprocessing.Queue()), expected)
