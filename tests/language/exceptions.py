# What the compiler makes of the language: checked against the recorded output.
def f(n):
    try:
        if n==0: raise ValueError("v")
        if n==1: raise KeyError("k")
        if n==2: return "ret"
        if n==3: 1/0
    except ValueError as e:
        return "VE " + str(e)
    except (KeyError, IndexError) as e:
        r = "KE"
    else:
        r = "else"
    finally:
        print("fin", n)
    return r
for i in range(5):
    try: print(f(i))
    except ZeroDivisionError as e: print("ZDE", e)
def g():
    for i in range(3):
        try:
            if i == 1: continue
            if i == 2: break
            print("body", i)
        finally:
            print("finally", i)
    return "end"
print(g())
def h():
    try: return 1
    finally: return 2
print(h())
def k():
    while True:
        try: return "x"
        finally: break
    return "broke"
print(k())
def nested():
    try:
        try: raise ValueError(1)
        except ValueError as e:
            try: raise KeyError(2)
            except KeyError as k:
                print(repr(k.__context__))
            raise
    except ValueError as e2:
        print("outer", e2, repr(e2.__context__))
        return e2.__traceback__ is not None
print(nested())
try:
    try: raise ValueError("a")
    except ValueError as e: raise TypeError("b") from e
except TypeError as t: print(repr(t.__cause__), t.__suppress_context__)
import sys
def ei():
    try: raise ValueError
    except ValueError:
        a = sys.exc_info()[0]
        try: pass
        finally: b = sys.exc_info()[0]
    return a, b, sys.exc_info()
print(ei())
class CM:
    def __init__(self, n, sup=False): self.n=n; self.sup=sup
    def __enter__(self): print("enter", self.n); return self
    def __exit__(self, t, v, tb): print("exit", self.n, t and t.__name__); return self.sup
with CM(1) as a, CM(2) as b: print(a.n, b.n)
with CM(3, True): raise ValueError
try:
    with CM(4): raise KeyError
except KeyError: print("KE out")
def wr():
    with CM(5):
        return "ret"
print(wr())
def wl():
    for i in range(3):
        with CM(i):
            if i==1: break
    return i
print(wl())
with (CM(6) as x, CM(7, True) as y): raise IndexError
try:
    with 5: pass
except TypeError as e: print(e)
def gen():
    try:
        yield 1
        yield 2
    except GeneratorExit: print("GE"); raise
    finally: print("gen fin")
g1 = gen(); next(g1); g1.close()
g2 = gen(); next(g2)
try: g2.throw(ValueError("thrown"))
except ValueError as e: print("caught", e)
def gs():
    raise StopIteration
    yield
try: list(gs())
except RuntimeError as e: print(e, repr(e.__cause__))
try:
    raise ExceptionGroup("eg", [ValueError(1), TypeError(2), ValueError(3)])
except* ValueError as e: print("VE", e.exceptions)
except* TypeError as e: print("TE", e.exceptions)
else: print("no")
finally: print("egfin")
try:
    try: raise ExceptionGroup("eg", [ValueError(1), OSError(2)])
    except* ValueError: raise KeyError("new")
except ExceptionGroup as e: print(repr(e))
try:
    try: raise ValueError("plain")
    except* ValueError as e: print(repr(e))
except BaseException as e: print("bad", e)
def exname():
    try: raise ValueError(1)
    except ValueError as e: pass
    try: e
    except UnboundLocalError as u: print(u)
exname()
def multi():
    try:
        raise KeyError(1)
    except ValueError: print(1)
    except KeyError:
        try: raise IndexError
        except IndexError: print("IE")
        print(sys.exc_info()[0].__name__)
    print(sys.exc_info()[0])
multi()
def retexc():
    for x in [1,2]:
        try: raise ValueError
        except ValueError:
            return x
        finally: print("f", x)
print(retexc(), sys.exc_info())
def cont():
    for x in range(3):
        try: 
            if x==1: raise ValueError
        except ValueError: continue
        print("x", x)
cont()
try:
    [1/0 for q in range(1)]
except ZeroDivisionError: print('zde in comp')
try: raise 5
except TypeError as e: print(e)
try:
    try: 1/0
    except "x": pass
except TypeError as e: print(e)
def finret():
    try:
        raise ValueError
    except ValueError: return 'a'
    else: return 'b'
    finally: pass
print(finret())
