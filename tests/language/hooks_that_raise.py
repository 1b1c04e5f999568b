# Exceptions raised in every hook: what is reported, where it goes on.
import sys, io, gc, weakref, threading, atexit, codecs, builtins, os, re

from _show import Hook, show

# --- unraisable ---
class Del:
    def __del__(self): raise Hook('del')
show('__del__', lambda: [Del(), 1][1])
def bad_unraisable(u): raise Hook('unraisable')
def with_unraisable(h, f):
    old = sys.unraisablehook
    sys.unraisablehook = h
    try: return f()
    finally: sys.unraisablehook = old
show('unraisablehook raises', with_unraisable, bad_unraisable, lambda: [Del(), 1][1])
show('unraisablehook None', with_unraisable, None, lambda: [Del(), 1][1])
show('unraisablehook 5', with_unraisable, 5, lambda: [Del(), 1][1])
def no_unraisable():
    old = sys.unraisablehook
    del sys.unraisablehook
    try: Del(); return 'gone'
    finally: sys.unraisablehook = old
show('no unraisablehook', no_unraisable)
class BadRepr:
    def __repr__(self): raise Hook('repr')
    def __del__(self): raise Hook('del with bad repr')
show('bad repr', lambda: [BadRepr(), 1][1])
class BadStr(Exception):
    def __str__(self): raise Hook('str')
class DelBadStr:
    def __del__(self): raise BadStr
show('bad str of the exception', lambda: [DelBadStr(), 1][1])
class Exit:
    def __del__(self): raise SystemExit(3)
show('SystemExit in __del__', lambda: [Exit(), 1][1])
class KI:
    def __del__(self): raise KeyboardInterrupt
show('KeyboardInterrupt in __del__', lambda: [KI(), 1][1])
class Kept:
    def __del__(self): raise Hook('kept')
def handling():
    try: 1 / 0
    except ZeroDivisionError as e:
        Kept()
        return repr(sys.exception())
show('__del__ while handling', handling)
# --- weakref callbacks, gc callbacks ---
class W: pass
def weak():
    w = W()
    def cb(r): raise Hook('weakref')
    r = weakref.ref(w, cb)
    del w
    return r()
show('weakref callback', weak)
def two_weak():
    w = W()
    out = []
    def cb(r): raise Hook('weakref')
    a, b, c = weakref.ref(w, cb), weakref.ref(w, out.append), weakref.ref(w, cb)
    del w
    return len(out)
show('three weakref callbacks', two_weak)
def finalize():
    w = W()
    def f(): raise Hook('finalize')
    weakref.finalize(w, f)
    del w
    return 'ok'
show('weakref.finalize', finalize)
def gc_callback():
    def cb(phase, info):
        if info['generation'] == 2: raise Hook('gc ' + phase) # a young one may come at any time
    gc.callbacks.append(cb)
    try: gc.collect(); return 'collected'
    finally: gc.callbacks.remove(cb)
show('gc.callbacks', gc_callback)
class Cycle:
    def __init__(self): self.me = self
    def __del__(self): raise Hook('cycle')
def cycle():
    Cycle()
    gc.collect()
    return 'ok'
show('__del__ in a cycle', cycle)
# --- displayhook, excepthook, breakpointhook ---
def display():
    def h(v): raise Hook('display')
    old, sys.displayhook = sys.displayhook, h
    try: exec(compile('1', 'f', 'single')); return 'shown'
    finally: sys.displayhook = old
show('displayhook', display)
def display_gone():
    old = sys.displayhook
    del sys.displayhook
    try: exec(compile('1', 'f', 'single')); return 'shown'
    finally: sys.displayhook = old
show('displayhook gone', display_gone)
def display_none():
    old, sys.displayhook = sys.displayhook, None
    try: exec(compile('1', 'f', 'single')); return 'shown'
    finally: sys.displayhook = old
show('displayhook None', display_none)
class BadOut:
    def write(self, s): raise Hook('write')
    def flush(self): raise Hook('flush')
def display_bad_out():
    old, sys.stdout = sys.stdout, BadOut()
    try: exec(compile('1', 'f', 'single')); return 'shown'
    finally: sys.stdout = old
show('displayhook to bad stdout', display_bad_out)
def print_to(x):
    old, sys.stdout = sys.stdout, x
    try: print('x'); return 'printed'
    finally: sys.stdout = old
show('print to bad stdout', print_to, BadOut())
show('print to None', print_to, None)
show('print to 5', print_to, 5)
class NoFlush:
    def write(self, s): pass
show('print without flush', lambda: print('x', file=NoFlush(), flush=True))
def breakpoint_():
    def h(*a): raise Hook('breakpoint')
    old, sys.breakpointhook = sys.breakpointhook, h
    try: breakpoint()
    finally: sys.breakpointhook = old
show('breakpointhook', breakpoint_)
def no_breakpoint():
    old = sys.breakpointhook
    del sys.breakpointhook
    try: breakpoint()
    finally: sys.breakpointhook = old
show('breakpointhook gone', no_breakpoint)
for v in ('nosuch.module', 'os.nosuch', '.', 'builtins.int.x', 'sys.', '0'):
    os.environ['PYTHONBREAKPOINT'] = v
    show('PYTHONBREAKPOINT=' + v, breakpoint)
del os.environ['PYTHONBREAKPOINT']
# --- dict, set, list, sort ---
class Key:
    def __init__(self, h=1, fail=()): self.h, self.fail = h, set(fail)
    def __hash__(self):
        if 'hash' in self.fail: raise Hook('hash')
        return self.h
    def __eq__(self, o):
        if 'eq' in self.fail or 'eq' in getattr(o, 'fail', ()): raise Hook('eq')
        return self is o
    def __lt__(self, o):
        raise Hook('lt')
    def __repr__(self): return 'Key'
good, bad = Key(), Key()
d = {Key(): 1, Key(): 2, bad: 3}
s = {Key(), Key(), bad}
probe = Key(fail=['eq'])
nohash = Key(fail=['hash'])
ops = {
    'd[k]': lambda k: d[k], 'd[k]=': lambda k: d.__setitem__(k, 1), 'del d[k]': lambda k: d.__delitem__(k), 'k in d': lambda k: k in d, 'd.get': lambda k: d.get(k), 'd.pop': lambda k: d.pop(k, 0), 'd.setdefault': lambda k: d.setdefault(k, 1),
    'd.update': lambda k: d.update([(k, 1)]), 'd|': lambda k: d | {k: 1}, 'fromkeys': lambda k: dict.fromkeys([Key(), k]), 's.add': lambda k: s.add(k), 's.discard': lambda k: s.discard(k), 's.remove': lambda k: s.remove(k), 'k in s': lambda k: k in s,
    's|': lambda k: s | {k}, 's&': lambda k: s & {k}, 's-': lambda k: s - {k}, 's^': lambda k: s ^ {k}, 's.update': lambda k: s.update([k]), 's<=': lambda k: {k} <= s, 'isdisjoint': lambda k: s.isdisjoint([k]), 'set()': lambda k: set([Key(), k]), 'dict()': lambda k: dict([(Key(), 1), (k, 2)]),
    'literal': lambda k: {good: 1, bad: 2, k: 3}, 'comp': lambda k: {x for x in (good, k)}, 'list.index': lambda k: [good, k].index(bad), 'list.count': lambda k: [good, k].count(bad), 'list.remove': lambda k: [good, k].remove(bad), 'in list': lambda k: bad in [good, k], 'tuple ==': lambda k: (good, k) == (good, bad), 'dict ==': lambda k: {1: k} == {1: bad},
    'sort': lambda k: [k, bad].sort(), 'min': lambda k: min(k, bad), 'sorted': lambda k: sorted([3, 1, 2], key=lambda x: 1 / (x - 2)), 'keys&': lambda k: d.keys() & {k}, 'keys|': lambda k: d.keys() | {k}, 'items in': lambda k: (k, 1) in d.items(),
}
for n, op in ops.items():
    for what, k in (('eq', probe), ('hash', nohash)):
        show(f'{n} {what}', op, k)
        assert len(d) == 3 and len(s) == 3, (n, what, d, s)
l = [5, 3, 4, 1, 2]
def badkey(x):
    if x == 4: raise Hook('key')
    return x
show('sort key', lambda: l.sort(key=badkey)); print(l)
def seeing(x):
    seen.append(list(l)); raise Hook('key')
seen = []
show('sort key sees', lambda: l.sort(key=seeing)); print(l, seen)
def changing(x): l.append(x); return x
show('sort key changes', lambda: l.sort(key=changing)); print(l)
# --- codec error handlers ---
def handler(e): raise Hook('handler')
codecs.register_error('raises', handler)
codecs.register_error('none', lambda e: None)
codecs.register_error('short', lambda e: ('x',))
codecs.register_error('pos', lambda e: ('x', 10**9))
codecs.register_error('neg', lambda e: ('x', -10**9))
codecs.register_error('back', lambda e: ('x', -1))
codecs.register_error('type', lambda e: (1, e.end))
codecs.register_error('huge', lambda e: ('x', 2**100))
codecs.register_error('same', lambda e: ('\udc80', e.end))
def mutating(e):
    e.object = b'' if isinstance(e, UnicodeDecodeError) else ''
    return ('x', e.end)
codecs.register_error('mutating', mutating)
for n in 'raises none short pos neg type huge same mutating unknown'.split():
    for enc in 'ascii utf-8 utf-16 utf-32 latin-1 cp1252 utf-7 unicode_escape'.split():
        show(f'decode {enc} {n}', lambda: b'a\xff\xfe\xff\xd8\x81b'.decode(enc, n))
        show(f'encode {enc} {n}', lambda: 'a\ud800\u20ac\U0001f600b'.encode(enc, n))
# --- threads ---
def thread(hook, target):
    old = threading.excepthook
    threading.excepthook = hook
    try:
        t = threading.Thread(target=target, name='T')
        t.start(); t.join()
        return 'joined'
    finally: threading.excepthook = old
def fail(): raise Hook('in thread')
def bad_hook(a): raise Hook('thread hook')
def exit_hook(a): raise SystemExit
show('thread', thread, threading.excepthook, fail)
show('threading.excepthook raises', thread, bad_hook, fail)
show('threading.excepthook exits', thread, exit_hook, fail)
show('threading.excepthook None', thread, None, fail)
def thread_sys_hook():
    def h(*a): raise Hook('sys hook in thread')
    old, sys.excepthook = sys.excepthook, h
    try: return thread(bad_hook, fail)
    finally: sys.excepthook = old
show('both hooks raise', thread_sys_hook)
show('SystemExit in thread', thread, threading.excepthook, lambda: sys.exit(3))
