# What still runs when the interpreter ends: nobody may notice that it takes nothing apart where nothing would speak.
import os
import subprocess
import sys
import tempfile

CASES = {
    "global": "class A:\n def __del__(self): print('del')\na = A()",
    "cycle": "class A:\n def __del__(self): print('del')\na = A(); a.me = a; del a",
    "class attribute": "class A:\n def __del__(self): print('del')\nclass B: x = A()",
    "in sys": "import sys\nclass A:\n def __del__(self): print('del')\nsys.mine = A()",
    "in builtins": "import builtins\nclass A:\n def __del__(self): print('del')\nbuiltins.mine = A()",
    "default": "class A:\n def __del__(self): print('del')\ndef f(x=A()): pass\ndel A",
    "later": "class A: pass\na = A()\nA.__del__ = lambda self: print('del')",
    "module": "import types, sys\nm = types.ModuleType('m'); sys.modules['m'] = m\nexec('class A:\\n def __del__(self): print(\"del\")\\na = A()', m.__dict__)\ndel m",
    "generator": "def g():\n try: yield\n finally: print('closed')\nx = g(); next(x)",
    "generator not begun": "def g():\n try: yield\n finally: print('closed')\nx = g()",
    "coroutine": "async def f(): pass\nx = f()",
    "weak reference": "import weakref\nclass A: pass\na = A(); r = weakref.ref(a, lambda r: print('gone'))\na.me = a\ndel a",
    "weak reference that lives": "import weakref, sys\nclass A: pass\na = A(); sys.r = weakref.ref(a, lambda r, p=print: p('gone'))",
    "finalize": "import weakref\nclass A: pass\na = A(); weakref.finalize(a, print, 'finalized')",
    "WeakSet": "import weakref\nclass A:\n def __del__(self): print('del')\na = A(); s = weakref.WeakSet([a])",
    "WeakSet alone": "import weakref\nclass A: pass\na = A(); s = weakref.WeakSet([a])",
    "WeakMethod": "import weakref\nclass A:\n def m(self): pass\na = A(); w = weakref.WeakMethod(a.m, lambda w, p=print: p('gone'))",
    "file": "f = open(FILE, 'w'); f.write('kept')",
    "file in a cycle": "f = open(FILE, 'w'); f.write('kept'); l = [f]; l.append(l); del f, l",
    "stdout wrapped": "import io, sys\nsys.stdout = io.TextIOWrapper(sys.stdout.buffer, line_buffering=False); print('wrapped')",
    "stdout of a class": "import sys\nclass W:\n def write(self, s): sys.__stdout__.write(s.upper())\n def flush(self): sys.__stdout__.write('flushed\\n')\nsys.stdout = W(); print('words')",
    "stdout detached": "import sys\nb = sys.stdout.detach(); b.write(b'bytes\\n')",
    "stdout twice": "import sys\nf = open(1, 'w', closefd=False); f.write('mine\\n'); sys.stdout.write('theirs\\n')",
    "thread local": "import threading\nclass A:\n def __del__(self): print('del')\nl = threading.local(); l.a = A()",
    "atexit": "import atexit\nclass A:\n def __del__(self): print('del')\natexit.register(lambda a=A(): print('atexit'))",
    "order": "class A:\n def __init__(self, n): self.n = n\n def __del__(self): print('del', self.n)\nb = A('b'); _a = A('_a'); a = A('a'); c = A('c')",
    "contextmanager": "import contextlib\n@contextlib.contextmanager\ndef f():\n try: yield\n finally: print('left')\nx = f(); x.__enter__()",
    "garbage": "import weakref, gc\nclass A: pass\na = A(); r = weakref.ref(a, lambda r: print('gone'))\na.me = a\ndel a\ngc.disable()",
    "trace": "import sys, weakref\nclass A: pass\na = A(); s = weakref.WeakSet([a])\nsys.settrace(lambda f, e, a, p=print: p(f.f_code.co_name) if e == 'call' else None)",
}

file = os.path.join(tempfile.mkdtemp(), "f")
for name, code in CASES.items():
    p = subprocess.run([sys.executable, "-c", code.replace("FILE", repr(file))], capture_output=True, text=True)
    err = [line for line in p.stderr.splitlines() if not line.startswith(" ")]
    print(f"{name}: {p.returncode} {p.stdout!r} {err}")
    if os.path.exists(file):
        print("   ", open(file).read())
        os.remove(file)
os.rmdir(os.path.dirname(file))
