# Classes made, changed and collected, instances changed from many threads: nothing crashes, nothing is lost. threads.md 1
# SPDX-License-Identifier: MIT
import threading, weakref, sys, gc
class Base:
    v = 0
    def __init__(self, x=0): self.x = x
class A(Base): pass
class B(Base): pass
shared = [Base(i) for i in range(8)]
cd = {}
N = 150
errs = []
def work(k):
    try:
        for i in range(N):
            ns = {'f%d' % k: lambda self: super(C, self).__init__(), 'k': k}
            C = type('C%d' % k, (Base,), ns)
            class D(C, A):
                __slots__ = ('s1',)
                def __len__(self): return 3
            d = D(); d.s1 = 1; d.y = i
            assert len(d) == 3 and d.x == 0 and d.k == k
            if i % 3 == 0: Base.__bool__ = lambda self: True
            elif i % 3 == 1: Base.__call__ = lambda self, *a: a
            else:
                try: del Base.__bool__
                except AttributeError: pass
            assert bool(d) is True or len(d) == 3
            o = shared[i % 8]
            o.__class__ = (A, B, Base)[i % 3]
            o.x = i; o.__dict__['z%d' % (i % 5)] = d
            w = weakref.ref(o, lambda r: None)
            shared[(i + k) % 8] = Base(i)
            shared[(i + 3) % 8].q = C
            if i % 20 == 0:
                n = len(Base.__subclasses__()); A.__subclasses__()
                A.__bases__ = (Base,)
            if i % 50 == 0: gc.collect()
            try: raise ValueError(o)
            except ValueError as e:
                e.add_note('x'); e.o = o
                try: raise KeyError(k) from e
                except KeyError as e2: cd[k] = e2
            cd.get((k + 1) % 4)
            o2 = shared[i % 8]
            try: del o2.x
            except AttributeError: pass
            getattr(o2, 'x', None); setattr(o2, 'dyn%d' % (i % 30), i)
            o2.__dict__ = {'x': 1, 'fresh': i} if i % 11 == 0 else o2.__dict__
    except BaseException as e:
        import traceback; traceback.print_exc(); errs.append(e)
ts = [threading.Thread(target=work, args=(k,)) for k in range(4)]
for t in ts: t.start()
for t in ts: t.join()
print(errs)  # expect: []
