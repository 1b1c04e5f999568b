# smoke
# sys.settrace: order of events and lines; frame.f_lineno; sys.setprofile.
import sys

log = []
def tracer(frame, event, arg):
    if frame.f_code.co_filename != __file__:
        return None
    if event == 'exception':
        arg = arg[0].__name__
    if isinstance(arg, C): arg = 'C'
    log.append((frame.f_code.co_name, event, frame.f_lineno - frame.f_code.co_firstlineno, arg))
    return tracer

def run(f, *args):
    log.clear()
    sys.settrace(tracer)
    try:
        f(*args)
    except Exception as e:
        log.append(('raised', type(e).__name__))
    finally:
        sys.settrace(None)
    print(f.__name__)
    for item in log:
        if item[0] != 'run':
            print('  ', *item)

def branches(a):
    if a:
        x = 1
    else:
        x = 2
    if a: y = 1
    while a > 0:
        a -= 1
        if a == 1:
            continue
    for i in range(2):
        if i:
            x = i

def generator():
    try:
        yield 1
        yield 2
    finally:
        x = 3

def generators():
    for v in generator():
        w = v
    g = generator()
    next(g)
    g.close()

def exceptions():
    try:
        1 / 0
    except ZeroDivisionError as e:
        x = 1
    finally:
        x = 2
    with open(__file__) if False else C():
        x = 3
    raise KeyError

class C:
    def __enter__(self): return self
    def __exit__(self, *a): pass

def forever(n=0):
    while True:
        n += 1
        if n > 2:
            break
    while 1:
        try:
            return n
        finally:
            n = 0

def one_line(): pass
def comprehensions(): return [i for i in range(2)], {i: i for i in 'ab'}
def implicit(a):
    if a:
        a = 2

for f, a in ((branches, (2,)), (branches, (0,)), (generators, ()), (exceptions, ()), (forever, ()), (one_line, ()), (comprehensions, ()), (implicit, (0,))):
    run(f, *a)

# Jumping.
def jumper(out):
    out.append(1)
    for i in range(3):
        out.append(2)
    out.append(3)
    out.append(4)

def jump(start, to):
    first = jumper.__code__.co_firstlineno
    def t(frame, event, arg):
        if frame.f_code is jumper.__code__ and event == 'line' and frame.f_lineno == first + start:
            sys.settrace(None)
            frame.f_trace = None
            try:
                frame.f_lineno = first + to
            except ValueError as e:
                print(e)
        return t
    out = []
    sys.settrace(t)
    jumper(out)
    sys.settrace(None)
    print(start, to, out)

jump(1, 4)
jump(4, 1)
jump(1, 3)
jump(3, 5)
jump(4, 50)
try:
    sys._getframe().f_lineno = 3
except ValueError as e:
    print(e)

# Profiling.
calls = []
def profiler(frame, event, arg):
    calls.append((frame.f_code.co_name, event, arg.__name__ if event.startswith('c_') else None))
def profiled():
    len('abc')
    'x'.join(['a'])
    try:
        int('x')
    except ValueError:
        pass
    one_line()
sys.setprofile(profiler)
profiled()
sys.setprofile(None)
for c in calls:
    print(*c)

# A trace function that fails is gone.
def bad(frame, event, arg):
    raise ValueError('bad')
sys.settrace(bad)
try:
    one_line()
except ValueError as e:
    print(e, sys.gettrace())
