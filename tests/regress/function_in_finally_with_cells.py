# What a finally clause holds is compiled twice: functions with cells, classes, comprehensions and lambdas in it too.
def cells(log):
    try:
        pass
    finally:
        def f(c, d=3):
            a, b = 1, 2
            try:
                x = lambda q: (a, b, c, q)
            except ValueError:
                pass
            b = 5
            return x(d)
        log.append(f(4))
        class K:
            n = 7
            def m(self): return __class__.n, [lambda: i for i in range(3)][0]()
        log.append(K().m())
        log.append([[y + z for z in (1, 2) if (lambda: y)()] for y in (1, 2)])
        def g():
            n = 0
            def inc():
                nonlocal n
                n += 1
                return n
            return inc(), inc()
        log.append(g())
    return log
print(cells([]))
log = []
try:
    try:
        cells(1)
    finally:
        try:
            1 / 0
        finally:
            def deep():
                v = [9]
                return (lambda: v)()
            log.append(deep())
except Exception as e:
    print(type(e), log)
