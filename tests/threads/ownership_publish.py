# Values that cross from thread to thread: graphs, generators, closures, exceptions with their frames; the first thread started in odd places. threads.md 15
import queue, threading, time

# the first thread starts inside a comparison of a running sort, of elements that exist since before
class Starter:
    started = False
    def __init__(self, n):
        self.n = n
    def __lt__(self, other):
        if not Starter.started:
            Starter.started = True
            t = threading.Thread(target=lambda: results.append(sum(x.n for x in originals)))
            t.start()
            t.join()
        return self.n < other.n
results = []
originals = [Starter(i * 37 % 50) for i in range(50)]
print([x.n for x in sorted(originals)] == list(range(50)), results)  # expect: True [1225]

q = queue.Queue(20)
N = 2000
def make(i):
    def closure(x):
        return x + i
    gen = (k * i for k in range(3))
    next(gen)
    cyc = {"i": i}
    cyc["self"] = cyc
    return [i, {"a": (i, str(i), float(i) / 3)}, {i}, closure, gen, cyc, bytearray(b"x" * 10), [[[]]] * 3]
def producer(lo):
    for i in range(lo, lo + N):
        q.put(make(i))
def consumer(out):
    while True:
        item = q.get()
        if item is None:
            return
        i, d, s, f, gen, cyc, ba, nested = item
        assert d["a"] == (i, str(i), float(i) / 3) and s == {i} and f(1) == i + 1
        assert list(gen) == [i, 2 * i] and cyc["self"] is cyc and ba == b"x" * 10
        nested[0].append(i)
        assert nested[2] == [[], i]
        item.append(item)
        out.append(i)
outs = [[], []]
ps = [threading.Thread(target=producer, args=(k * N,)) for k in range(3)]
cs = [threading.Thread(target=consumer, args=(o,)) for o in outs]
for t in ps + cs: t.start()
for t in ps: t.join()
for _ in cs: q.put(None)
for t in cs: t.join()
print(sorted(outs[0] + outs[1]) == list(range(3 * N)))  # expect: True

# exceptions with tracebacks of frames that run on
def failing(n):
    local = [n]
    try:
        raise ValueError(n)
    except ValueError as e:
        box.append(e)
        for _ in range(100):
            local.append(_)
    return local
box = []
ts = [threading.Thread(target=failing, args=(i,)) for i in range(20)]
for t in ts: t.start()
seen = 0
while seen < 20:
    while box:
        e = box.pop()
        assert e.__traceback__.tb_frame.f_code.co_name == "failing" and e.args[0] == e.__traceback__.tb_frame.f_locals["n"]
        seen += 1
for t in ts: t.join()
print(seen)  # expect: 20

# one generator, many threads: each value once, or "already executing"
gen = iter(range(10**9))
def g():
    yield from range(20000)
shared = g()
got, clashes = [[] for _ in range(4)], [0]
def drain(out):
    while True:
        try:
            out.append(next(shared))
        except StopIteration:
            return
        except ValueError:
            clashes[0] += 1
ts = [threading.Thread(target=drain, args=(o,)) for o in got]
for t in ts: t.start()
for t in ts: t.join()
flat = sorted(sum(got, []))
print(len(flat) == len(set(flat)), flat == list(range(len(flat))))  # expect: True True
