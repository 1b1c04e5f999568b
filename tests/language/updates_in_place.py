# `x += y` on attributes and global names runs as one step where it can: every way to fall out of that step gives the plain result.
import sys
import threading

total = 0
over = 2**60 - 3
ratio = 0.5
text = 'a'


class Point:
    def __init__(self): self.x = 0; self.f = 0.5; self.s = ''


class Slots:
    __slots__ = ('x',)
    def __init__(self): self.x = 0


class Watched:
    def __init__(self): self.__dict__['x'] = 0
    def __setattr__(self, name, value): seen.append((name, value)); self.__dict__[name] = value


seen = []

def globals_(n, step):
    global total, over, ratio, text
    for _ in range(n):
        total += step
        over += 1
        ratio -= 0.25
        text += 'b'
    total -= 1
    return total, over, ratio, text

def attributes(o, n, step):
    for _ in range(n):
        o.x += step
        o.x -= 1
    return o.x

def mixed(p):
    for step in (1, 2.5, 10**30, 2**59, True):
        p.x += step
        p.f -= step
    p.s += 'ab'
    return p.x, p.f, p.s


print(globals_(10, 3))
print(globals_(3, 1.5))
print(globals_(2, 2**62))
for o in (Point(), Slots(), Watched()): print(type(o).__name__, attributes(o, 20, 7), attributes(o, 3, 0.5), attributes(o, 3, 2**61))
print(len(seen), seen[:2], seen[-1][0])
print(mixed(Point()))

# The class starts to watch its attributes, or takes a property of the name, after the step has been specialised.
p = Point()
print(attributes(p, 5, 2))
Point.__setattr__ = lambda self, name, value: (print('set', name, value), object.__setattr__(self, name, value))[1]
print(attributes(p, 1, 2))
del Point.__setattr__
Point.x = property(lambda self: 40, lambda self, v: print('property', v))
print(attributes(p, 1, 2))
del Point.x
print(attributes(p, 5, 2))

def missing(o):
    o.x += 1
    return o.x

for _ in range(3): missing(p)
for bad in (object(), 5, None, Slots.__new__(Slots)):
    try: missing(bad)
    except AttributeError as e: print('AttributeError', e)
p.x = 'text'
try: missing(p)
except TypeError as e: print(e)
del p.x
try: missing(p)
except AttributeError as e: print(e)

# Names: deleted and bound again, another namespace, a mapping of the user's.
def plain():
    global total
    total += 1
    return total

for _ in range(3): plain()
del total
try: plain()
except NameError as e: print(e)
total = 7
print(plain())

code = compile('n += 1\nn -= 3', '<step>', 'exec')
for namespace in ({'n': 1}, {'n': 2.5}, {'n': 2**60 - 1}, {'n': -2**60}):
    for _ in range(3): exec(code, namespace)
    print(namespace['n'])
locals_ = {'n': 10}
for _ in range(3): exec(code, {'n': 0}, locals_)
print(locals_)

class Names(dict):
    def __missing__(self, key): return 100
    def __setitem__(self, key, value): print('name', key, value); dict.__setitem__(self, key, value)
exec(code, {}, Names())

n = 0
for _ in range(5):
    n += 2
    n -= 1
print(n)

# Big results stay exact at the border of small ints, both ways.
class Box: pass
b = Box()
for start in (2**60 - 2, 2**61 - 2, 2**62 - 2, 2**63 - 2, -2**60 + 1, -2**61 + 1, -2**62 + 1, -2**63 + 1):
    b.v = start
    for _ in range(4): b.v += 1
    up = b.v
    for _ in range(8): b.v -= 1
    print(up - start, b.v - start)

# An object that other threads see is updated by the slow path, and never torn.
shared = Point()
def worker():
    for _ in range(2000): shared.x += 1
threads = [threading.Thread(target=worker) for _ in range(2)]
for x in threads: x.start()
for x in threads: x.join()
print(0 < shared.x <= 4000)

# A tracer sees each line once, and what it changes counts.
lines = []
def traced():
    q = Point()
    q.x += 1
    q.x += 2
    return q.x
def tracer(frame, event, arg):
    if frame.f_code is traced.__code__: lines.append((event, frame.f_lineno - traced.__code__.co_firstlineno))
    return tracer
traced()
sys.settrace(tracer); traced(); sys.settrace(None)
print(lines)
