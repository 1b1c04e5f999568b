# Frames, tracebacks, generators and coroutines looked at, resumed and cleared by threads that do not run them; the first thread of all started. threads.md 27
# in the midst of operations.
# time: 90
import concurrent.futures, gc, sys, threading, time, traceback
from _soak import LONG, SECONDS

# --- the first thread starts in odd places: each in a process of its own would be better; here each starts one more
class Starter:
    made = 0
    def __init__(self, v):
        self.v = v
    def start(self):
        Starter.made += 1
        box = []
        t = threading.Thread(target=lambda: box.append(self.v))
        t.start()
        t.join()
        assert box == [self.v]
    def __lt__(self, other):
        if self.v == 3:
            self.start()
        return self.v < other.v
    def __eq__(self, other):
        self.start()
        return self is other
    def __hash__(self):
        return 1
    def __del__(self):
        if self.v == 99:
            self.start()
def gen():
    for i in range(3):
        Starter(i).start()
        yield i
items = [Starter(i) for i in (5, 3, 1, 4)]
items.sort()
print([o.v for o in items])  # expect: [1, 3, 4, 5]
d = {}
for o in items:
    d[o] = o.v
print(list(d.values()))  # expect: [1, 3, 4, 5]
Starter(99)
lst = []
lst.extend(gen())
print(lst, [x for x in map(lambda o: o.start() or o.v, items)])  # expect: [0, 1, 2] [1, 3, 4, 5]
print(Starter.made > 10)  # expect: True

# --- failing futures: what the traceback leads to is read while the worker runs on
def fails(n):
    local = [n] * 10
    raise ValueError(n)
def work(n):
    try:
        fails(n)
    except ValueError as e:
        e.extra = {"n": n}
        raise
bad = []
with concurrent.futures.ThreadPoolExecutor(4) as ex:
    for round in range(600 if LONG else 30):
        futures = [ex.submit(work, i) for i in range(8)]
        for i, f in enumerate(futures):
            e = f.exception()
            tb = e.__traceback__
            depth = 0
            while tb:
                frame = tb.tb_frame
                loc = dict(frame.f_locals)
                back = frame.f_back
                while back is not None:
                    back.f_code.co_name, back.f_lineno
                    back = back.f_back
                try:
                    frame.clear()
                except RuntimeError:
                    pass
                depth += 1
                tb = tb.tb_next
            if e.args != (i,) or e.extra != {"n": i} or depth != 3:
                bad.append((e, depth))
            traceback.format_exception(e)
print(bad)  # expect: []

# --- sys._current_frames of threads at work
stop = False
def busy(n):
    def inner(k):
        total = 0
        for i in range(100):
            total += i
        return total + (inner(k - 1) if k else 0)
    while not stop:
        inner(5)
threads = [threading.Thread(target=busy, args=(n,)) for n in range(3)]
for t in threads:
    t.start()
seen = set()
end = time.monotonic() + SECONDS
while time.monotonic() < end:
    for ident, frame in sys._current_frames().items():
        while frame is not None:
            seen.add(frame.f_code.co_name)
            for v in list(frame.f_locals.values())[:3]:
                repr(v)[:1]
            frame = frame.f_back
stop = True
for t in threads:
    t.join()
print({"busy", "inner"} <= seen)  # expect: True

# --- one generator, one coroutine: resumed, closed, thrown into, looked at by four threads
def numbers():
    i = 0
    while True:
        try:
            yield i
        except KeyError:
            pass
        i += 1
class Awaitable:
    def __await__(self):
        for i in range(50):
            yield i
        return "done"
async def co():
    return await Awaitable()
errors = []
def poke(g, send, got):
    for k in range(300):
        try:
            if k % 7 == 3:
                got.append(g.throw(KeyError))
            elif k % 5 == 2:
                f = getattr(g, "gi_frame", None) or getattr(g, "cr_frame", None)
                if f is not None:
                    f.f_locals.get("i"), f.f_lineno
            elif k % 11 == 5:
                repr(g), getattr(g, "gi_running", None), getattr(g, "gi_yieldfrom", None)
            else:
                got.append(send(None))
        except ValueError as e:
            if "already executing" not in str(e):
                errors.append(repr(e))
        except (StopIteration, KeyError, RuntimeError):
            pass
        except BaseException as e:
            errors.append(repr(e))
for n in range(400 if LONG else 20):
    g, got = numbers(), []
    threads = [threading.Thread(target=poke, args=(g, g.send, got)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    numeric = [v for v in got if v is not None]
    if len(set(numeric)) != len(numeric):
        errors.append("a value came twice")
    g.close()
    c, got = co(), []
    threads = [threading.Thread(target=poke, args=(c, c.send, got)) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    c.close()
print(errors)  # expect: []
