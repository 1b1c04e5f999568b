# tracemalloc: who allocated what, peaks, snapshots; nothing is known of what came before.
import tracemalloc, sys
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory(), tracemalloc.get_traceback_limit())
before = [0] * 1000
tracemalloc.start(3)
def make(n):
    return bytes(n)
def outer(n):
    return make(n)
x = outer(100_000)
tb = tracemalloc.get_object_traceback(x)
print(len(tb), [f.lineno for f in tb], tb.total_nframe)
print(tracemalloc.get_object_traceback(before))
current, peak = tracemalloc.get_traced_memory()
print(current >= 100_000, peak >= current, tracemalloc.get_tracemalloc_memory() > 0)
s1 = tracemalloc.take_snapshot()
y = [outer(1000) for i in range(100)]
s2 = tracemalloc.take_snapshot()
top = [d for d in s2.compare_to(s1, 'lineno') if d.traceback[0].filename == __file__][0]
print(top.traceback[0].lineno, top.count_diff, 100_000 <= top.size_diff < 120_000)
del x, y
after, peak2 = tracemalloc.get_traced_memory()
print(after < current, peak2 >= 200_000)
tracemalloc.reset_peak()
print(tracemalloc.get_traced_memory()[1] < peak2)
tracemalloc.stop()
print(tracemalloc.is_tracing(), tracemalloc.get_traced_memory())
for n in (0, 65536):
    try:
        tracemalloc.start(n)
    except ValueError as e:
        print(e)
