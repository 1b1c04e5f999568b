# time: 120
# Programs that cannot run, and programs that end badly: messages and exit status.
import os, subprocess, sys, tempfile, zipfile
os.chdir(tempfile.mkdtemp())
def write(name, data):
    with open(name, 'wb') as f:
        f.write(data)
    return name
def run(*args, **kw):
    p = subprocess.run([sys.executable, *args], capture_output=True, text=True, errors='replace', stdin=subprocess.DEVNULL, **kw)
    lines = p.stderr.strip().replace(os.getcwd(), '.').replace(sys.executable, 'PY').splitlines()
    print(p.returncode, repr(p.stdout), '|'.join(lines[-3:]))
run(write('a.py', b'def f(:\n pass\n'))
run(write('b.py', b'if 1:\nx\n'))
run(write('c.py', b'x = "\xff\xfe"\n'))
run(write('d.py', b'# coding: nonsense\n'))
run(write('e.py', b'x = 1\x00\n'))
run(write('f.py', b'# coding: latin-1\nprint(ascii("\xe9"))\n'))
run('missing.py')
os.mkdir('empty')
run('empty')
os.mkdir('full')
write('full/__main__.py', b'import sys; print(sys.argv[1:])')
run('full', 'a', 'b')
with zipfile.ZipFile('app.zip', 'w') as z:
    z.writestr('__main__.py', 'print("zip", __name__)\n')
run('app.zip')
run('-m', 'no_such_module')
for code in ('import sys; sys.exit(3)', 'import sys; sys.exit("bye")', 'raise SystemExit', 'import sys; sys.exit(1 << 70)', 'raise KeyboardInterrupt',
             'import os, signal; os.kill(os.getpid(), signal.SIGINT); import time; time.sleep(5)', 'import os; os.kill(os.getpid(), 9)',
             'import threading, sys; t = threading.Thread(target=lambda: sys.exit(5)); t.start(); t.join(); print("ok")',
             'import atexit\ndef f(): 1/0\natexit.register(f); print("ok")',
             'class A:\n def __del__(self): 1/0\na = A(); del a; print("ok")',
             'import sys\ndef h(*a): 1/0\nsys.excepthook = h\n[][1]',
             'import sys; sys.stdout = None; print("x")', 'import os; os.close(1); print("x")', 'import os; os.close(2); 1/0',
             'import os\nr, w = os.pipe(); os.close(r)\ntry: os.write(w, b"x")\nexcept BrokenPipeError as e: print(e)'):
    run('-c', code)
full = open('/dev/full', 'w')
p = subprocess.run([sys.executable, '-c', 'print("x")'], stdout=full, stderr=subprocess.PIPE, text=True)
print(p.returncode, p.stderr.strip().splitlines())

# A cached module that is damaged is compiled anew, or refused.
write('mm.py', b'x = 1\n')
sys.path.insert(0, '')
import importlib, py_compile
cached = py_compile.compile('mm.py')
data = open(cached, 'rb').read()
sys.dont_write_bytecode = True
for bad in (b'', data[:8], data[:16], data[:20], data[:-3]):
    write(cached, bad)
    sys.modules.pop('mm', None)
    importlib.invalidate_caches()
    try:
        import mm
        print('ok', mm.x)
    except (EOFError, ImportError, ValueError) as e:
        print(type(e).__name__)
