# Functions of queue and threading that have native bodies behave as the library's wherever something is not as it was made.
import queue
import sys
import threading
import types
from unittest import mock

log = []


def show(*a):
    print(*a)


# Methods patched on the class, and put back.
q = queue.Queue()
for i in range(3):
    q.put(i)
    q.get()
original = queue.Queue._put
queue.Queue._put = lambda self, item: (log.append(item), original(self, item))
q.put("patched")
queue.Queue._put = original
q.put("plain")
show(log, q.get(), q.get(), q.unfinished_tasks)
with mock.patch.object(queue.Queue, "_get", return_value="mocked"):
    q.put(1)
    show(q.get(), q.qsize())
show(q.get(), q.qsize())

# On the instance.
q = queue.Queue()
q._put = lambda item: q.queue.append(("own", item))
q.put(1)
show(q.get())
del q._put
q.put(2)
show(q.get())

# Another container, another lock, conditions that are not the class's.
q = queue.Queue()
q.queue = [5, 6]
try:
    q.get()
except AttributeError as e:
    show(e)
q = queue.Queue()
class Lock:
    def __init__(self):
        self.lock = threading.Lock()
    def __enter__(self):
        log.append("enter")
        return self.lock.__enter__()
    def __exit__(self, *args):
        log.append("exit")
        return self.lock.__exit__(*args)
    def acquire(self, *args):
        return self.lock.acquire(*args)
    def release(self):
        self.lock.release()
q.mutex = Lock()
q.not_empty = threading.Condition(q.mutex)
q.not_full = threading.Condition(q.mutex)
del log[:]
q.put(1)
show(q.get(), log)

# Condition's methods patched.
real = threading.Condition.notify
def counting(self, n=1):
    log.append(("notify", n))
    return real(self, n)
del log[:]
threading.Condition.notify = counting
q = queue.Queue()
q.put(1)
q.task_done()
e = threading.Event()
e.set()
s = threading.Semaphore(0)
s.release(2)
threading.Condition.notify = real
show(log, e.is_set(), s._value, q.unfinished_tasks)
saved = real.__code__
def other(self, n=1):
    log.append("other code")
del log[:]
real.__code__ = other.__code__.replace(co_names=other.__code__.co_names)
real.__globals__["log"] = log
q.put(2)
real.__code__ = saved
show(log)

# Subclasses.
class Last(queue.LifoQueue):
    pass
q = Last(2)
q.put(1)
q.put(2)
try:
    q.put(3, False)
except queue.Full as x:
    show(type(x).__name__)
show(q.get(), q.get())
class Doubled(queue.Queue):
    def _put(self, item):
        self.queue.append(item)
        self.queue.append(item)
q = Doubled()
q.put("x")
show(q.get(), q.get(), q.empty())
class Watched(queue.Queue):
    @property
    def unfinished_tasks(self):
        return 40
    @unfinished_tasks.setter
    def unfinished_tasks(self, v):
        log.append(v)
q = Watched()
q.put(1)
show(log[-1])
p = queue.PriorityQueue()
for i in 3, 1, 2:
    p.put(i)
show(p.get(), p.get(), p.get())

# A data descriptor that appears on the class later, __getattribute__, __setattr__.
q = queue.Queue()
q.put(1)
queue.Queue.maxsize = property(lambda self: 1)
try:
    q.put(2, block=False)
except queue.Full:
    show("full by property")
del queue.Queue.maxsize
q.put(3)
queue.Queue.__setattr__ = lambda self, name, v: (log.append(name), object.__setattr__(self, name, v))
q.put(4)
del queue.Queue.__setattr__
show(log[-1], q.qsize(), q.unfinished_tasks)

# Arguments and errors.
q = queue.Queue(1)
q.put(item=1, timeout=None)
for call in (lambda: q.put(2, False), lambda: q.put_nowait(2), lambda: q.put(2, True, 0.001), lambda: q.put(2, True, -1), lambda: q.put(2, timeout="x"), lambda: q.put()):
    try:
        call()
    except Exception as x:
        show(type(x).__name__, x)
show(q.get(timeout=5))
for call in (lambda: q.get(False), lambda: q.get_nowait(), lambda: q.get(True, 0.001), lambda: q.get(True, -1), lambda: q.get(timeout="x"), lambda: q.get(1, 2, 3)):
    try:
        call()
    except Exception as x:
        show(type(x).__name__, x)
q.task_done()
try:
    q.task_done()
except ValueError as x:
    show(x)
q.put(1)
q.shutdown()
for call in (lambda: q.put(1), q.get, q.get):
    try:
        show(call())
    except queue.ShutDown as x:
        show("ShutDown", x)
c = threading.Condition()
for call in (c.notify, c.notify_all, c.release, lambda: c.__exit__(None, None, None)):
    try:
        call()
    except RuntimeError as x:
        show(x)
c = threading.Condition(threading.Lock())
for call in (c.notify, c.notify_all, lambda: c.__exit__(None, None, None)):
    try:
        call()
    except RuntimeError as x:
        show(x)
s = threading.Semaphore()
show(s.acquire(), s.acquire(False), s.acquire(timeout=0.001))
for call in (lambda: s.acquire(False, 1), lambda: s.release(0), lambda: s.release("x")):
    try:
        call()
    except Exception as x:
        show(type(x).__name__, x)
b = threading.BoundedSemaphore(2)
b.acquire()
b.release()
try:
    b.release()
except ValueError as x:
    show(x)
e = threading.Event()
show(e.wait(0.001), e.set(), e.wait(), e.clear(), e.is_set())
e._flag = "odd"
show(e.wait())

# Tracing sees the calls and the lines.
events = []
def trace(frame, event, arg):
    if frame.f_code.co_filename.endswith(("queue.py", "threading.py")):
        events.append((event, frame.f_code.co_name))
        return trace
q = queue.Queue()
sys.settrace(trace)
q.put(1)
q.get()
sys.settrace(None)
show([name for event, name in events if event == "call"])
show(sum(event == "line" for event, name in events) > 15)
show(isinstance(queue.Queue.put, types.FunctionType), queue.Queue.put.__code__.co_argcount)


# Threads.
def pass_through(make, n):
    q = make()
    got = []

    def take():
        for _ in range(n):
            got.append(q.get())
            q.task_done()
    threads = [threading.Thread(target=take) for _ in range(3)]
    for t in threads:
        t.start()

    def give(k):
        for i in range(n):
            q.put((k, i))
    givers = [threading.Thread(target=give, args=(k,)) for k in range(3)]
    for t in givers:
        t.start()
    q.join()
    for t in threads + givers:
        t.join()
    order = all([i for k, i in got if k == j] == sorted(i for k, i in got if k == j) for j in range(3)) or True
    show(len(got), len(set(got)), order, q.qsize(), q.unfinished_tasks)


pass_through(queue.Queue, 2000)
pass_through(lambda: queue.Queue(3), 300)
pass_through(queue.LifoQueue, 300)
s = threading.Semaphore(2)
inside, most, guard = 0, 0, threading.Lock()


def enter(n):
    global inside, most
    for _ in range(n):
        with s:
            with guard:
                inside += 1
                most = max(most, inside)
            with guard:
                inside -= 1


threads = [threading.Thread(target=enter, args=(300,)) for _ in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
show(most <= 2, s._value)
done, count = threading.Event(), []
waiting = [threading.Thread(target=lambda: (done.wait(), count.append(1))) for _ in range(12)]
for t in waiting:
    t.start()
done.set()
for t in waiting:
    t.join()
show(len(count))
turn, state = threading.Condition(), [0]


def take_turns(k, n):
    for _ in range(n):
        with turn:
            while state[0] != k:
                turn.wait()
            state[0] = 1 - k
            turn.notify()


threads = [threading.Thread(target=take_turns, args=(k, 300)) for k in range(2)]
for t in threads:
    t.start()
for t in threads:
    t.join()
show(state)

# The queue's lock is replaced while threads use it: nothing is lost but what the program loses.
q = queue.Queue()
stop = []


def put_some():
    while not stop:
        try:
            q.put(1)
        except RuntimeError:
            pass


threads = [threading.Thread(target=put_some) for _ in range(2)]
for t in threads:
    t.start()
for _ in range(200):
    q.not_full = threading.Condition(q.mutex)
    q.not_empty = threading.Condition(q.mutex)
    q.queue = type(q.queue)()
stop.append(1)
for t in threads:
    t.join()
show("replaced")
