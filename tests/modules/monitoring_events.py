# sys.monitoring: events, local events, DISABLE, errors.
import sys
m = sys.monitoring
E = m.events
m.use_tool_id(1, 'test')
print(m.get_tool(1), m.get_tool(2))
for bad in (lambda: m.use_tool_id(1, 'x'), lambda: m.set_events(2, 1), lambda: m.set_events(1, 1 << 40), lambda: m.set_events(1, E.C_RAISE), lambda: m.register_callback(1, 3, None)):
    try:
        bad()
    except Exception as e:
        print(type(e).__name__, e)

log = []
def name(x):
    return getattr(x, 'co_name', None) or getattr(x, '__name__', None) or x
def recorder(event):
    def callback(code, *args):
        if code.co_filename == __file__ and code.co_name in ('f', 'g', 'gen'):
            log.append((event, code.co_name) + tuple(a - code.co_firstlineno if event == 'LINE' else name(a) if callable(a) or isinstance(a, type) else type(a).__name__ for a in args
                                                     if not (event != 'LINE' and isinstance(a, int) and not isinstance(a, bool))))
    return callback
NAMES = 'PY_START PY_RESUME PY_RETURN PY_YIELD CALL LINE STOP_ITERATION RAISE EXCEPTION_HANDLED PY_UNWIND PY_THROW RERAISE C_RETURN C_RAISE'.split()
for n in NAMES:
    m.register_callback(1, getattr(E, n), recorder(n))

def gen():
    yield 1
    yield 2

def g(x):
    if x:
        raise KeyError(x)
    return len('abc')

def f():
    for i in gen():
        pass
    g(0)
    try:
        g(1)
    except KeyError:
        int('12')
    try:
        int('x')
    except ValueError:
        pass

def run(events, fn):
    log.clear()
    m.set_events(1, events)
    fn()
    m.set_events(1, 0)
    for item in log:
        print(*item)
    print()

run(E.PY_START | E.PY_RETURN | E.PY_YIELD | E.PY_RESUME, f)
run(E.LINE, f)
run(E.CALL | E.C_RETURN | E.C_RAISE, f)
run(E.RAISE | E.PY_UNWIND | E.EXCEPTION_HANDLED | E.RERAISE, f)

# Local events, and places switched off.
count = 0
def line(code, number):
    global count
    count += 1
    return m.DISABLE
m.register_callback(1, E.LINE, line)
m.set_local_events(1, g.__code__, E.LINE)
for i in range(5):
    g(0)
print(count, m.get_local_events(1, g.__code__) == E.LINE, m.get_events(1))
m.restart_events()
g(0)
print(count)
m.set_local_events(1, g.__code__, 0)
g(0)
print(count)
def raising(code, offset, exc):
    return m.DISABLE
m.register_callback(1, E.RAISE, raising)
m.set_events(1, E.RAISE)
try:
    g(1)
except Exception as e:
    print(type(e).__name__, e)
m.set_events(1, 0)
m.free_tool_id(1)
print(m.get_tool(1))
