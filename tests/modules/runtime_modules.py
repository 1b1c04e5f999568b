"""Contexts and context variables; warnings; hooks and introspection of sys; gc; type parameters."""
# SPDX-License-Identifier: MIT
import sys, warnings
def f(): warnings.warn("dep", DeprecationWarning, stacklevel=2)


with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always")
    f(); f()
    print(len(w), w[0].message, w[0].category, w[0].lineno)
warnings.simplefilter("error")
try: warnings.warn("x", RuntimeWarning)
except RuntimeWarning as e: print("err", e)
try: warnings.warn("x", 3)
except TypeError as e: print(e)
class D:
    def __del__(self): 1/0
sys.displayhook([1]); print(_)
sys.audit("foo", 1)
def ah(ev, args):
    if ev == 'my': print(ev, args)
sys.addaudithook(ah)
sys.audit("my", 1, 2)
import gc
class C: pass
a = C(); a.a = a; del a
print(gc.collect() > 0, gc.isenabled(), gc.get_threshold(), gc.is_tracked([]), gc.is_tracked(1))
x = [1]; print(x in gc.get_referents([x]), any(r is globals() for r in gc.get_referrers(x)))
import contextvars
v = contextvars.ContextVar('v', default=5)
tok = v.set(7); print(tok.old_value, v.get()); 
ctx = contextvars.copy_context()
print(list(ctx.items()) == [(v,7)], ctx[v], v in ctx, len(ctx))
def g(): v.set(9); return v.get()
print(ctx.run(g), v.get(), ctx[v])
v.reset(tok); print(v.get())
try: v.reset(tok)
except RuntimeError as e: print('used')
try: contextvars.ContextVar('z').get()
except LookupError as e: print('LE')
try: ctx.run(ctx.run, g)
except RuntimeError as e: print('entered')
print(sys.exc_info(), sys.exception())
try: 1/0
except Exception as e: print(sys.exc_info()[0], sys.exception() is e)
print(sys._getframe().f_code.co_name, sys._getframemodulename())
try: sys._getframe(100)
except ValueError as e: print(e)
print(sys.getrecursionlimit(), sys.getswitchinterval())
type Alias[T] = list[T]
print(Alias, Alias.__value__, Alias.__type_params__)
def gen[T: int, *Ts, **P](x: T) -> T: return x
print(gen.__type_params__, gen.__type_params__[0].__bound__)
import _thread
print(_thread.TIMEOUT_MAX, _thread._count())
