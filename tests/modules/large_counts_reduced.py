# Lengths beyond the immediate ints survive __reduce__, copy and repr.
import collections, copy, io, itertools, sys, warnings
warnings.simplefilter('ignore')
M = 2**62
x = itertools.islice(itertools.count(), M - 1, M, M)
print(x.__reduce__()[1][1:])
d = collections.deque([1], M)
print(d, d.maxlen, copy.copy(d).maxlen, d.__reduce__()[1])
f = io.TextIOWrapper(io.BytesIO())
f._CHUNK_SIZE = M
print(f._CHUNK_SIZE)
for make in (itertools.permutations, itertools.combinations, itertools.combinations_with_replacement):
    try: print(make('ab', M).__reduce__()[1][1] == M)
    except MemoryError: print(True) # as CPython
print(itertools.repeat(1, M), itertools.repeat(1, M).__length_hint__(), range(M).__reduce__()[1])
