# Sets of ints stand in CPython's order, also after removals, in symmetric differences and from literals.
import random
print(list({2, 3, 4, 30, -1}), list(frozenset((2, 3, 4, 30, -1))), list({1, 2, 3, 10, 20} ^ {2, 3, 4, 30, -1}))
r = random.Random(7)
for n in (5, 12, 40):
    for _ in range(3):
        a = [r.randrange(-40, 200) for _ in range(n)]
        b = [r.randrange(-40, 200) for _ in range(n)]
        A, B = set(a), set(b)
        print(list(A ^ B), list(A | B), list(A & B), list(A - B))
        A ^= B
        for x in b[: n // 2]: A.discard(x)
        for x in a: A.add(x + 64)
        print(list(A), list(A.symmetric_difference(b)))
