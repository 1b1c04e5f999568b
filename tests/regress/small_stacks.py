# time: 60
# A thread with a small stack: the compiler, its search for the reason of an error and chains of delegating generators end in errors.
import sys, threading
sys.setrecursionlimit(10**7)
sys.unraisablehook = lambda u: None
def attempt(label, f):
    try: end = type(f()).__name__ # checked builds give threads larger stacks, where some of it works
    except (MemoryError, RecursionError, SyntaxError, KeyError) as e: end = type(e).__name__
    print(label, 'ends')
def g(x): yield from x
def forever():
    while True: yield
def chain(n):
    x = forever()
    for i in range(n): x = g(x)
    next(x)
    return x
def run():
    attempt('parentheses', lambda: compile('(' * 5000 + ')' * 5000, 'f', 'exec')) # expect: parentheses ends
    attempt('minus', lambda: compile('-' * 50000 + '1', 'f', 'exec')) # expect: minus ends
    attempt('broken', lambda: compile('f(' * 190 + '*, 1' + ')' * 190, 'f', 'exec')) # expect: broken ends
    attempt('short chain', lambda: chain(20).throw(KeyError)) # expect: short chain ends
    attempt('throw', lambda: chain(3000).throw(KeyError)) # expect: throw ends
    attempt('close', lambda: chain(3000).close()) # expect: close ends
threading.stack_size(65536)
t = threading.Thread(target=run)
t.start()
t.join()
