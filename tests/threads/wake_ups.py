# Nobody who waits for a queue or a lock is forgotten, however many wait and whoever is interrupted by a timeout. threads.md 28
# SPDX-License-Identifier: MIT
import faulthandler
import queue
import threading

faulthandler.dump_traceback_later(60, exit=True)


def run(functions):
    threads = [threading.Thread(target=f) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def through(make, takers, putters, n, timeout=None):
    q, got, lock = make(), [], threading.Lock()

    def take():
        mine = []
        while True:
            try:
                item = q.get(timeout=timeout)
            except queue.Empty:
                continue
            if item is None:
                break
            mine.append(item)
        with lock:
            got.extend(mine)

    left = [putters]

    def put(k):
        for i in range(n):
            q.put((k, i))
        with lock:
            left[0] -= 1
            last = left[0] == 0
        if last:
            for _ in range(takers):
                q.put(None)

    run([take] * takers + [lambda k=k: put(k) for k in range(putters)])
    return sorted(got) == [(k, i) for k in range(putters) for i in range(n)]


for make in queue.SimpleQueue, queue.Queue, lambda: queue.Queue(3):
    print(through(make, 1, 1, 2000), through(make, 4, 1, 500), through(make, 1, 4, 500), through(make, 4, 4, 300), through(make, 4, 2, 300, 0.0005))


def one_at_a_time(q, n):
    """Four sleepers and one item at a time: each item is answered before the next comes."""
    answers = queue.SimpleQueue()

    def take():
        while q.get():
            answers.put(1)

    def ask():
        for _ in range(n):
            q.put(True)
            answers.get()
        for _ in range(4):
            q.put(False)

    run([take] * 4 + [ask])
    return answers.empty() and q.empty()


print(one_at_a_time(queue.SimpleQueue(), 300), one_at_a_time(queue.Queue(), 300))


def counted(lock, threads, n, timeout=-1):
    total = [0]

    def count():
        for _ in range(n):
            while not lock.acquire(timeout=timeout):
                pass
            x = total[0]
            str(x)
            total[0] = x + 1
            lock.release()

    run([count] * threads)
    return total[0] == threads * n and not lock.acquire(False) is None


for make in threading.Lock, threading.RLock:
    print(counted(make(), 2, 3000), counted(make(), 8, 500), counted(make(), 4, 500, 0.0002))


def turns(n):
    condition, whose = threading.Condition(), [0]

    def play(k):
        for _ in range(n):
            with condition:
                while whose[0] != k:
                    condition.wait()
                whose[0] = (k + 1) % 3
                condition.notify_all()

    run([lambda k=k: play(k) for k in range(3)])
    return whose[0]


print(turns(300))
