# What an executor's closure captured dies when the call is over; hot shared objects and local classes survive sorting under collections;. threads.md 8 17
# classes made by eight threads while others walk the tree of classes.
# time: 90
import collections, concurrent.futures, dataclasses, gc, os, tempfile, threading, time, weakref
from _soak import SECONDS

# An open file that only a submitted closure holds is closed when the call has run: nobody collects.
gc.disable()
fd, path = tempfile.mkstemp()
os.close(fd)
def submit(ex):
    f = open(path, "rb")
    n, done = f.fileno(), threading.Event()
    future = ex.submit(lambda: f.read())
    r = weakref.ref(f, lambda _: done.set())
    return future, r, done
with concurrent.futures.ThreadPoolExecutor(2) as ex:
    left = 0
    for i in range(50):
        future, r, done = submit(ex)
        assert future.result() == b""
        del future
        if not done.wait(5):
            left += 1
print("still open:", left)  # expect: still open: 0
os.unlink(path)
gc.enable()

stop, errors = False, []
def guard(f):
    def run():
        try:
            while not stop:
                f()
        except BaseException as e:
            errors.append(f"{f.__name__}: {e!r}")
            raise
    return run

class Item:
    def __init__(self, n):
        self.n = n
hot = [Item(i * 7919 % 211) for i in range(211)]

@guard
def sort_hot():
    a = sorted(hot, key=lambda o: o.n)
    assert [o.n for o in a] == list(range(211))

@guard
def sort_classes():
    def make(i):
        return type(f"Local{i}", (), {"rank": i * 37 % 41, "me": property(lambda self: self)})
    classes = [make(i) for i in range(41)]
    def key(c):
        assert c().me is not None
        return c.rank
    classes.sort(key=key)
    assert [c.rank for c in classes] == list(range(41))

@guard
def collect():
    gc.collect()
    time.sleep(0.01)

def run(functions, seconds):
    global stop
    stop = False
    threads = [threading.Thread(target=f) for f in functions]
    for t in threads:
        t.start()
    time.sleep(seconds)
    stop = True
    for t in threads:
        t.join()

run([sort_hot, sort_hot, sort_classes, sort_classes, collect], SECONDS * 2)
print(errors)  # expect: []

@guard
def tuples():
    P = collections.namedtuple("P", "x y")
    p = P(1, 2)
    assert p == (1, 2) and p._replace(x=3).x == 3 and P.__subclasses__() == []
@guard
def dataclass():
    @dataclasses.dataclass(order=True)
    class D:
        a: int
        b: str = "b"
    assert D(1) < D(2) and repr(D(1)).endswith("D(a=1, b='b')")
@guard
def subclasses():
    class Base:
        pass
    class Sub(Base):
        pass
    assert Base.__subclasses__() == [Sub]
    Sub.__bases__ = (Base,)
    assert Sub().__class__.__mro__[1] is Base
@guard
def walk():
    def below(c, depth):
        for s in type.__subclasses__(c):
            s.__name__, s.__dict__, s.__mro__
            if depth:
                below(s, depth - 1)
    below(object, 1)
    below(tuple, 1)
run([tuples, tuples, dataclass, dataclass, subclasses, subclasses, walk, walk], SECONDS * 2)
print(errors)  # expect: []
