# What a class leaves when it dies (the layouts of its instances, its remembered attributes) is used again, though inline caches name it. Programs that make classes in
# a loop grew by half a kilobyte for each, up to 2 GiB, where making a class failed.
import gc, os, sys, threading

def rss():
    if "/asan/" in sys.executable or "/tsan/" in sys.executable: return 0  # memory that a sanitizer keeps back
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20

class Base:
    def hello(self): return "Base"

def make(n):
    class C(Base):
        kind = n
        def __init__(self):
            self.x, self.y = n, -n
        def f(self):
            return self.x
    return C

def use(o, n):  # one place for the objects of all classes: its caches name what is dead
    return (o.f(), o.x, o.kind, o.hello(), getattr(o, "nothing", None)) == (n, n, n, "Base", None)

wrong = []
def go(n, kept):
    for i in range(n):
        C = make(i)
        o = C()
        if not use(o, i): wrong.append(i)
        o.more = i
        if o.more != i or not use(o, i): wrong.append(i)
        if i % 1000 == 0: kept.append(o)
    if not all(use(o, i * 1000) for i, o in enumerate(kept)): wrong.append("kept")

def toggled(n):
    class T: pass
    t = T()
    for i in range(n):
        T.a = i
        if t.a != i: wrong.append(i)
        del T.a
        if hasattr(t, "a"): wrong.append(i)
        T.a = property(lambda self: "property")
        if t.a != "property": wrong.append(i)
        del T.a

go(4000, []), toggled(4000), gc.collect()
before = rss()
go(60000, [])
toggled(60000)
threads = [threading.Thread(target=go, args=(15000, [])) for _ in range(3)]
for t in threads: t.start()
for t in threads: t.join()
grown = rss() - before
print(wrong, "flat" if grown < 16 else grown)  # expect: [] flat
