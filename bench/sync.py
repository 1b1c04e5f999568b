# What threads share: queues, containers, and the locks of `threading`, per operation.
# SPDX-License-Identifier: MIT
import queue
import threading
from collections import deque

import _timing
from _timing import size


def report(name, function, *args, per):
    """What two threads do to each other differs from one call to the next: the median of seven."""
    _timing.report(name, function, *args, per=per, rounds=7)


def two(function, *args):
    threads = [threading.Thread(target=function, args=(k, *args)) for k in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def pass_through(make, n):
    """One thread puts n items, the other takes them."""
    q = make()

    def take():
        for _ in range(n):
            q.get()

    thread = threading.Thread(target=take)
    thread.start()
    for i in range(n):
        q.put(i)
    thread.join()


def put_and_get(make, n):
    q = make()
    for i in range(n):
        q.put(i)
        q.get()


def write_dict(k, d, n):
    for i in range(n):
        d[i & 1023] = i


def write_own_keys(k, d, n):
    k <<= 10
    for i in range(n):
        d[k | i & 1023] = i


def append_list(k, s, n):
    for i in range(n):
        s.append(i)


def set_list(k, s, n):
    for i in range(n):
        s[i & 1023] = i


def add_set(k, s, n):
    for i in range(n):
        s.add(i & 4095)


def append_deque(k, d, n):
    for i in range(n):
        d.append(i)
        d.popleft()


class Counter:
    def __init__(self, lock):
        self.lock, self.n = lock, 0


def count(k, c, n):
    for _ in range(n):
        with c.lock:
            c.n += 1


def count_explicitly(k, c, n):
    for _ in range(n):
        c.lock.acquire()
        c.n += 1
        c.lock.release()


def take_lock(lock, n):
    for _ in range(n):
        with lock:
            pass


def take_semaphore(k, s, n):
    for _ in range(n):
        with s:
            pass


def ask_event(k, e, n):
    for _ in range(n):
        e.is_set()
        e.wait()


def set_event(k, e, n):
    for _ in range(n):
        e.set()
        e.clear()


def notify(k, c, n):
    for _ in range(n):
        with c:
            c.notify_all()


def set_attribute(k, o, n):
    for i in range(n):
        o.n = i


def turns_by_condition(k, c, state, n):
    for _ in range(n):
        with c:
            while state[0] != k:
                c.wait()
            state[0] = 1 - k
            c.notify()


def turns_by_event(k, events, n):
    for _ in range(n):
        events[k].wait()
        events[k].clear()
        events[1 - k].set()


def turns_by_lock(k, locks, n):
    for _ in range(n):
        locks[k].acquire()
        locks[1 - k].release()


def meet(k, b, n):
    for _ in range(n):
        b.wait()


def turns_by_queue(k, queues, n):
    for i in range(n):
        queues[k].get()
        queues[1 - k].put(i)


n = size(200_000)
small = size(20_000)
report("queue", pass_through, queue.Queue, n, per=n)
report("queue_bounded_100", pass_through, lambda: queue.Queue(100), n, per=n)
report("simple_queue", pass_through, queue.SimpleQueue, n * 2, per=n * 2)
report("queue.alone", put_and_get, queue.Queue, n, per=n)
report("simple_queue.alone", put_and_get, queue.SimpleQueue, n * 2, per=n * 2)
report("shared_dict_write", two, write_dict, dict.fromkeys(range(1024)), n * 2, per=n * 4)
report("shared_dict_own_keys", two, write_own_keys, dict.fromkeys(range(2048)), n * 2, per=n * 4)
report("shared_list_append", two, append_list, [], n * 2, per=n * 4)
report("shared_list_set", two, set_list, [0] * 1024, n * 2, per=n * 4)
report("shared_set_add", two, add_set, set(), n * 2, per=n * 4)
report("shared_deque", two, append_deque, deque(range(100)), n * 2, per=n * 4)
report("shared_attribute_set", two, set_attribute, Counter(None), n * 10, per=n * 20)
report("counter_under_lock", two, count, Counter(threading.Lock()), n, per=n * 2)
report("counter_under_rlock", two, count, Counter(threading.RLock()), n, per=n * 2)
report("counter_acquire_release", two, count_explicitly, Counter(threading.Lock()), n, per=n * 2)
report("with_lock.alone", take_lock, threading.Lock(), n * 2, per=n * 2)
report("with_rlock.alone", take_lock, threading.RLock(), n * 2, per=n * 2)
report("with_condition.alone", take_lock, threading.Condition(), n, per=n)
report("with_semaphore.alone", take_lock, threading.Semaphore(), n, per=n)
report("with_semaphore", two, take_semaphore, threading.Semaphore(2), n // 2, per=n)
event = threading.Event()
event.set()
report("event_wait_set", two, ask_event, event, n // 2, per=n)
report("event_set_clear", two, set_event, threading.Event(), n // 2, per=n)
report("condition_notify", two, notify, threading.Condition(), n // 2, per=n)
report("turns_by_condition", two, turns_by_condition, threading.Condition(), [0], small, per=small)
events = [threading.Event(), threading.Event()]
events[0].set()
report("turns_by_event", two, turns_by_event, events, small, per=small)
locks = [threading.Lock(), threading.Lock()]
locks[1].acquire()
report("turns_by_lock", two, turns_by_lock, locks, small, per=small)
for name, make in ("turns_by_queue", queue.Queue), ("turns_by_simple_queue", queue.SimpleQueue):
    queues = [make(), make()]
    queues[0].put(0)
    report(name, two, turns_by_queue, queues, small, per=small)
report("barrier", two, meet, threading.Barrier(2), small, per=small)
