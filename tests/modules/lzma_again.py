"""Compressors one after another and at once: memory that stays for the next one changes nothing in what is written."""
import lzma
import threading

data = bytes(range(256)) * 500 + b"x" * 40000
expected = {p: lzma.compress(data, preset=p) for p in (0, 1, 3, 6)}
for _ in range(2):
    for p in (6, 1, 6, 0, 3, 6):
        assert lzma.compress(data, preset=p) == expected[p]
        assert lzma.decompress(expected[p]) == data
wrong = []


def work(p):
    for _ in range(4):
        if lzma.compress(data, preset=p) != expected[p]:
            wrong.append(p)


threads = [threading.Thread(target=work, args=(p,)) for p in (0, 1, 6, 6)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(wrong, len({len(e) for e in expected.values()}) > 0)
f = lzma.compress(data, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}])
print(lzma.decompress(f, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "preset": 6}]) == data)
print(lzma.decompress(lzma.compress(data, format=lzma.FORMAT_ALONE)) == data)
