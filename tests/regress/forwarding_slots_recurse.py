# time: 120
# Slots that forward to another object nest in C: an error, not the end of the stack.
import functools, itertools, threading, types
def chain(make, x, n=100_000):
    for i in range(n):
        x = make(x)
    return x
def attempt(label, f):
    try:
        f()
    except Exception:
        pass
    print(label, 'lives')
attempt('slice hash', lambda: hash(chain(slice, 1)))
attempt('partial hash', lambda: hash(chain(functools.partial, print)))
m = chain(lambda x: types.MethodType(x, 1), lambda *args: len(args))
attempt('method attribute', lambda: m.foo)
attempt('method call', lambda: m())  # without memory in proportion to the square of the depth: that took 7 GB
assert m() == 100_000
order = types.MethodType(types.MethodType(lambda *a, **k: (a, k), 1), 2)(*range(3, 20), k=20)
assert order == (tuple(range(1, 20)), {"k": 20}), order
p = chain(types.MappingProxyType, {})
for f in (len, iter, repr, hash, lambda p: p[1], lambda p: 1 in p, lambda p: p | {}, lambda p: p == {}, lambda p: p.copy()):
    attempt('proxy', lambda: f(p))
s = chain(staticmethod, print)
attempt('static method', lambda: s.__isabstractmethod__)
i = chain(lambda x: itertools.chain(x), iter([1]))
attempt('chain', lambda: next(i))
# In a thread with the smallest stack too.
threading.stack_size(32768)
def in_thread():
    attempt('small stack', lambda: repr(chain(lambda x: [x], None)))
t = threading.Thread(target=in_thread)
t.start()
t.join()
