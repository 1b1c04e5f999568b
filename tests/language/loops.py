# Loops: continue and break among conditions, nested, with else and try.
def f(l):
    out = []
    for i in l:
        if i % 2 == 0: continue
        if i > 5:
            out.append(i)
    return out
def g(l):
    out = []
    for i in l:
        if i is None: continue
        if not i: continue
        if i == 3:
            continue
        elif i in (4, 5): pass
        else:
            if i > 7: break
            out.append(i)
            continue
        out.append(-i)
    else:
        out.append('else')
    return out
def h(l):
    out = []
    for i in l:
        try:
            if i == 1: continue
            for j in range(i):
                if j == 1: continue
                if j == 3: break
                out.append((i, j))
            else:
                continue
        finally:
            out.append('f')
        out.append('broke')
    return out
def w(n):
    out = []
    while n:
        n -= 1
        if n == 3: continue
        if n < 1: break
        out.append(n)
    else:
        out.append('x')
    return out
def c(l): return [x for x in l if x if x != 2 if not x == 4]
def k(l):
    for a, b in l:
        if a and b: continue
        if a or b:
            yield a, b
            continue
        yield None
def m(l):
    for x in l:
        match x:
            case 1: continue
            case [a]: yield a
            case _: break
        yield 'after'
print(f(range(10)), g([None, 0, 1, 2, 3, 4, 6, 5]), g([1, 9, 2]), g([]))
print(h(range(5)), w(6), w(0), c(range(7)))
print(list(k([(0, 0), (1, 0), (1, 1), (0, 2)])), list(m([1, [2], 1, [3], 5, [6]])))
