# An array that threads append to, pop from and read loses nothing and never shows memory that is not its own. threads.md 5
import array
import threading

a = array.array('q')


def grow(first):
    for i in range(first, first + 5000):
        a.append(i)


def look(seen):
    for _ in range(2000):
        if a:
            seen.update(a[-20:])
            for v in a[:50]:
                assert 0 <= v < 20000, v
        assert sum(1 for v in a if not 0 <= v < 20000) == 0 if len(a) < 3000 else True


seen = set()
threads = [threading.Thread(target=grow, args=(k * 5000,)) for k in range(4)] + [threading.Thread(target=look, args=(seen,)) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
assert sorted(a) == list(range(20000))
assert all(0 <= v < 20000 for v in seen)

got = []


def shrink():
    mine = []
    try:
        while True:
            mine.append(a.pop())
    except IndexError:
        got.extend(mine)


threads = [threading.Thread(target=shrink) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
assert sorted(got) == list(range(20000))

b = array.array('i', range(1000))
it = iter(b)
out = []
threads = [threading.Thread(target=lambda: out.extend(list(it))) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()
assert sorted(out) == list(range(1000))
