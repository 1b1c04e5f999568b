# Keys of an OrderedDict go to the front and to the end, come and go, in several threads: none is lost, none stands twice. threads.md 3
import threading
from collections import OrderedDict

for keys in ([f"k{i}" for i in range(60)], list(range(60)), [f"k{i}" if i % 2 else i for i in range(60)]):
    od = OrderedDict((k, [k]) for k in keys)
    wrong = []
    def move(seed):
        x = seed
        for i in range(6000):
            x = (x * 1103515245 + 12345) & 0x7fffffff
            od.move_to_end(keys[x % 50], last=bool(x & 1024))
    def come_and_go():
        for i in range(4000):
            k = keys[50 + i % 10]
            del od[k]
            od[k] = [k]
    def read():
        for i in range(8000):
            k = keys[i % 50]
            v = od.get(k)
            if v is None or v[0] != k:
                wrong.append((k, v))
    threads = [threading.Thread(target=move, args=(s,)) for s in (1, 2)] + [threading.Thread(target=come_and_go), threading.Thread(target=read)]
    for t in threads: t.start()
    for t in threads: t.join()
    print(wrong[:3], len(od), sorted(map(str, od)) == sorted(map(str, keys)), len(set(od)))
    od.move_to_end(keys[7], last=False)
    od.move_to_end(keys[9])
    print(next(iter(od)), next(reversed(od)), od.popitem(last=False), od.popitem())
