# Exceptions in class hooks, tracing, monitoring, audit hooks, import hooks, atexit.
import sys, io, os, re, subprocess, importlib, importlib.abc, importlib.machinery, types

from _show import Hook, show

# --- classes ---
class SetName:
    def __set_name__(self, o, n): raise Hook('set_name')
def set_name():
    class A: x = SetName()
show('__set_name__', set_name)
class Base:
    made = []
    def __init_subclass__(cls, **k):
        cls.made.append(cls) # else only a collection decides how long it is in __subclasses__()
        raise Hook('init_subclass')
def init_sub():
    class A(Base): pass
show('__init_subclass__', init_sub)
print(Base.__subclasses__())
class Meta(type):
    def __instancecheck__(c, o): raise Hook('instancecheck')
    def __subclasscheck__(c, o): raise Hook('subclasscheck')
    def __prepare__(n, b): raise Hook('prepare')
class M2(type):
    def __instancecheck__(c, o): raise Hook('instancecheck')
    def __subclasscheck__(c, o): raise Hook('subclasscheck')
    def __eq__(c, o): raise Hook('meta eq')
    __hash__ = type.__hash__
class A(metaclass=M2): pass
def prep():
    class X(metaclass=Meta): pass
show('__prepare__', prep)
show('isinstance', isinstance, 1, A)
show('issubclass', issubclass, int, A)
show('isinstance tuple', isinstance, 1, (str, A, int))
def except_(): 
    try: raise ValueError('v')
    except A: return 'A'
show('except A', except_)
def match_():
    match 1:
        case A(): return 'A'
        case _: return 'other'
show('match', match_)
class M3(type):
    def mro(c): raise Hook('mro')
def mro():
    class X(metaclass=M3): pass
show('mro', mro)
class M4(type):
    def __call__(c, *a): raise Hook('call')
class X4(metaclass=M4): pass
show('metaclass call', X4)
class BadGet:
    def __get__(s, o, t): raise Hook('get')
    def __set__(s, o, v): raise Hook('set')
    def __delete__(s, o): raise Hook('delete')
class D:
    x = BadGet()
    def __getattr__(s, n): raise Hook('getattr ' + n)
show('get', lambda: D().x); show('set', setattr, D(), 'x', 1); show('del', delattr, D(), 'x'); show('getattr', lambda: D().y); show('hasattr', hasattr, D(), 'y'); show('getattr default', getattr, D(), 'y', 1)
class Prop:
    @property
    def p(self): raise AttributeError('inner')
    def __getattr__(self, n): return 'fallback ' + n
show('property AttributeError', lambda: Prop().p)
class Bool:
    def __bool__(self): raise Hook('bool')
    def __len__(self): raise Hook('len')
    def __iter__(self): raise Hook('iter')
    def __contains__(self, x): raise Hook('contains')
    def __index__(self): raise Hook('index')
    def __format__(self, s): raise Hook('format')
    def __enter__(self): raise Hook('enter')
    def __exit__(self, *a): raise Hook('exit')
    def __eq__(self, o): raise Hook('eq')
    def __str__(self): raise Hook('str')
    def __fspath__(self): raise Hook('fspath')
b = Bool()
for n, f in {'if': lambda: 1 if b else 2, 'not': lambda: not b, 'and': lambda: b and 1, 'while': lambda: [0 for i in iter(lambda: b, 1)], 'len': lambda: len(b), 'list': lambda: list(b), 'unpack': lambda: (lambda *a: a)(*b), 'in': lambda: 1 in b, 'index': lambda: [1][b], 'slice': lambda: [1][b:], 'range': lambda: range(b), 'fstring': lambda: f'{b}', 'fstring!s': lambda: f'{b!s}', 'percent': lambda: '%s' % b, 'join': lambda: ''.join([b]),
    'chr': lambda: chr(b), 'bytes': lambda: bytes([b]), 'open': lambda: open(b), 'print': lambda: print(b), 'filter': lambda: list(filter(None, [b])), 'any': lambda: any([b]), 'all': lambda: all([b]), 'sum': lambda: sum([b]), 'zip': lambda: list(zip(b)), 'sorted': lambda: sorted(b), 'assert': lambda: [1 for x in [1] if b], 'int': lambda: int(b), 'dictup': lambda: {}.update(b), '**': lambda: dict(**b), 'with': lambda: exec('with b: pass'), 'max': lambda: max(b), 'itertools': lambda: list(__import__('itertools').chain(b))}.items():
    show(n, f)
class Ex:
    def __enter__(self): return self
    def __exit__(self, *a): raise Hook('exit')
def with_():
    with Ex(): raise ValueError('body')
show('with exit', with_)
class ExB:
    def __enter__(self): return self
    def __exit__(self, *a): return b
def with2():
    with ExB(): raise ValueError('body')
show('with exit bool', with2)
# --- trace, profile ---
def traced():
    x = 1
    return x + 1
def with_trace(setter, f, call=traced):
    setter(f)
    try: r = call()
    finally: now = (sys.gettrace(), sys.getprofile()); setter(None)
    return r, now
def tr_call(fr, ev, arg): raise Hook('trace ' + ev)
def tr_line(fr, ev, arg):
    if ev == 'line': raise Hook('trace line')
    return tr_line
def tr_return(fr, ev, arg):
    if ev == 'return': raise Hook('trace return')
    return tr_return
def tr_exc(fr, ev, arg):
    if ev == 'exception': raise Hook('trace exception')
    return tr_exc
def tr_bad(fr, ev, arg): return 5
def failing():
    try: 1 / 0
    except ZeroDivisionError: return 'handled'
def gen():
    yield 1
    yield 2
show('trace call', with_trace, sys.settrace, tr_call); print(sys.gettrace())
show('trace line', with_trace, sys.settrace, tr_line); print(sys.gettrace())
show('trace return', with_trace, sys.settrace, tr_return); print(sys.gettrace())
show('trace exception', with_trace, sys.settrace, tr_exc, failing); print(sys.gettrace())
show('trace returns 5', with_trace, sys.settrace, tr_bad); print(sys.gettrace())
show('trace in generator', with_trace, sys.settrace, tr_line, lambda: list(gen())); print(sys.gettrace())
def prof(what):
    def p(fr, ev, arg):
        if ev == what: raise Hook('profile ' + ev)
    return p
for what in ('call', 'return', 'c_call', 'c_return', 'c_exception'):
    show('profile ' + what, lambda: with_trace(sys.setprofile, prof(what), lambda: (traced(), len([])))[0])
    print(sys.getprofile())
# --- monitoring ---
mon = sys.monitoring
E = mon.events
def monitored(event, call):
    mon.use_tool_id(3, 'test')
    def cb(code, *a):
        if code.co_name in ('body', 'gen', 'traced', 'failing'): raise Hook('monitoring')
    mon.register_callback(3, event, cb)
    mon.set_events(3, event)
    try: return call()
    finally:
        mon.set_events(3, 0); mon.register_callback(3, event, None); mon.free_tool_id(3)
for n in 'PY_START PY_RETURN LINE INSTRUCTION CALL PY_YIELD PY_RESUME JUMP BRANCH RAISE EXCEPTION_HANDLED PY_UNWIND STOP_ITERATION RERAISE'.split():
    def body():
        for i in range(2):
            if i: traced()
        list(gen())
        return failing()
    show('monitoring ' + n, monitored, getattr(E, n), body)
# --- import ---
class Finder:
    def __init__(self, how): self.how = how
    def find_spec(self, name, path=None, target=None):
        if not name.startswith('zz_'): return None
        if self.how == 'raise': raise Hook('find_spec')
        if self.how == 'int': return 5
        if self.how == 'noloader': return importlib.machinery.ModuleSpec(name, None)
        return importlib.machinery.ModuleSpec(name, Loader(self.how))
class Loader:
    def __init__(self, how): self.how = how
    def create_module(self, spec):
        if self.how == 'create': raise Hook('create_module')
        if self.how == 'create5': return 5
    def exec_module(self, m):
        if self.how == 'exec': raise Hook('exec_module')
        if self.how == 'gone': del sys.modules[m.__name__]
        if self.how == 'other': sys.modules[m.__name__] = 'something else'
        if self.how == 'exit': raise SystemExit(4)
def imp(how):
    sys.meta_path.insert(0, Finder(how))
    try:
        import zz_mod
        return zz_mod if isinstance(zz_mod, (str, int)) else type(zz_mod).__name__
    finally:
        sys.meta_path.pop(0)
        print('   in sys.modules:', 'zz_mod' in sys.modules)
        sys.modules.pop('zz_mod', None)
for how in 'raise int noloader create create5 exec gone other exit ok'.split():
    show('import ' + how, imp, how)
def bad_meta(x):
    sys.meta_path.insert(0, x)
    try:
        import zz_none
    finally: sys.meta_path.remove(x)
show('meta_path 5', bad_meta, 5); show('meta_path None', bad_meta, None)
def path_hook(p): raise Hook('path hook')
def bad_hook():
    sys.path_hooks.insert(0, path_hook); sys.path.insert(0, '/zz/none')
    try: import zz_path
    finally: sys.path_hooks.remove(path_hook); sys.path.remove('/zz/none'); sys.path_importer_cache.pop('/zz/none', None)
show('path_hooks', bad_hook)
for p in (5, None, b'/zz', object, '\0', '\udc80'):
    def odd():
        sys.path.insert(0, p)
        try: import zz_odd
        finally: sys.path.pop(0)
    show(f'sys.path {p!r}'[:20], odd)
for v in (None, [], 5, ()):
    def odd():
        old, sys.meta_path = sys.meta_path, v
        try: import zz_odd
        finally: sys.meta_path = old
    show(f'sys.meta_path = {v!r}', odd)
    def odd():
        old, sys.path_hooks = sys.path_hooks, v
        sys.path_importer_cache.clear()
        try: import zz_odd
        finally: sys.path_hooks = old; sys.path_importer_cache.clear()
    show(f'sys.path_hooks = {v!r}', odd)
    def odd():
        old, sys.path = sys.path, v
        try: import zz_odd
        finally: sys.path = old
    show(f'sys.path = {v!r}', odd)
def modules_none():
    sys.modules['zz_n'] = None
    try: import zz_n
    finally: del sys.modules['zz_n']
show('sys.modules None', modules_none)
import builtins
for v in (None, 5, lambda *a, **k: 7, lambda *a, **k: 1 / 0):
    def odd():
        old, builtins.__import__ = builtins.__import__, v
        try: import zz_i; return zz_i
        finally: builtins.__import__ = old
    show('__import__', odd)
def noimport():
    old = builtins.__import__
    del builtins.__import__
    try: import zz_i
    finally: builtins.__import__ = old
show('__import__ gone', noimport)
def nobuild():
    old = builtins.__build_class__
    del builtins.__build_class__
    try:
        class A: pass
    finally: builtins.__build_class__ = old
show('__build_class__ gone', nobuild)
# --- audit hooks, last: they stay ---
class State: on = None
def audit(name, args):
    if State.on and name == State.on: raise Hook('audit ' + name)
sys.addaudithook(audit)
for name, f in {'open': lambda: open(os.devnull).close(), 'compile': lambda: compile('1', 'f', 'eval'), 'exec': lambda: exec('1'), 'import': lambda: importlib.import_module('zz_audit'), 'os.listdir': lambda: os.listdir('.') and 1, 'subprocess.Popen': lambda: subprocess.Popen(['true']), 'object.__setattr__': lambda: setattr(traced, '__code__', traced.__code__),
    'sys._getframe': lambda: sys._getframe() and 1, 'sys.addaudithook': lambda: sys.addaudithook(print), 'builtins.id': lambda: id(1) and 1, 'marshal.loads': lambda: __import__('marshal').loads(b'N'), 'os.putenv': lambda: os.putenv('a', 'b'), 'gc.get_objects': lambda: len(__import__('gc').get_objects()) > 0, 'sys.excepthook': lambda: 1, 'code.__new__': lambda: traced.__code__.replace(co_name='x') and 1, 'socket.__new__': lambda: __import__('socket').socket().close(), 'time.sleep': lambda: __import__('time').sleep(0), 'setopencodehook': lambda: 1}.items():
    def run():
        State.on = name
        try: return f()
        finally: State.on = None
    show('audit ' + name, run)
print("END")
