# How a process ends: streams that are closed or full, broken pipes, hooks that fail, limits. Exit status, output and standard error of each child.
# time: 120
import io, os, re, resource, signal, subprocess, sys, time
from concurrent.futures import ThreadPoolExecutor

def clean(b):
    s = b.decode('utf-8', 'replace')
    s = re.sub(r'0x[0-9a-f]+', '0x', s).replace(sys.executable, 'python')
    s = re.sub(r'File ".*?([^/"]*)", line \d+', r'File "\1"', s)
    s = re.sub(r"'/[^' ]*/", "'/.../", s)
    s = re.sub(r'<Thread\((.*?), started( daemon)? \d+\)>', r'<Thread(\1)>', s)
    return re.sub(r'\n( *[~^]+ *)+(?=\n)', '', s)

# Few at a time; told in order.
pool = ThreadPoolExecutor(3)
results = []
def child(*args, **kwds): results.append(pool.submit(run, *args, **kwds))

def run(title, code, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close=(), args=(), when=None, tail=None, start=''):
    # What the child does to itself before it starts (a function between fork and exec would run among threads).
    if close: start += ';' + ';'.join(f'os.close({fd})' for fd in close)
    cmd = [sys.executable, *args, '-c', code]
    if start: cmd = [sys.executable, '-c', f'import os, sys, signal, resource{start if start[0] == ";" else ";" + start}\nos.execv(sys.argv[1], sys.argv[1:])', *cmd]
    p = subprocess.Popen(cmd, stdin=stdin, stdout=stdout, stderr=stderr)
    if when:
        p.stdout.readline()
        time.sleep(.15)
        p.send_signal(when)
    lines = []
    try:
        out, err = p.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        p.kill()
        out, err = p.communicate()
        lines.append(f'{title} HANGS')
    lines.append(f'{title}: {p.returncode}')
    for name, b in (('out', out), ('err', err)):
        these = clean(b or b'').splitlines()
        lines += [f'   {name}| {l}'.rstrip() for l in (these if tail is None else these[-tail:])]
    return lines

full = open('/dev/full', 'wb', 0)
child('full stdout, print', "print('x')", stdout=full)
child('full stdout, flush', "print('x', flush=True)", stdout=full)
child('full stdout, big', "print('x' * 100000)", stdout=full)
child('full stdout, -u', "print('x')", stdout=full, args=['-u'])
child('full stdout, exit 3', "print('x'); raise SystemExit(3)", stdout=full)
child('full stdout, exception', "print('x'); 1/0", stdout=full)
child('full stdout, sys.exit text', "print('x'); raise SystemExit('text')", stdout=full)
child('full stdout, os._exit', "import os; print('x'); os._exit(0)", stdout=full)
child('full stdout, closed', "import sys; print('x'); sys.stdout.close()", stdout=full)
child('full stdout, except', "import sys\nprint('x')\ntry: sys.stdout.flush()\nexcept OSError as e: print(e, file=sys.stderr)", stdout=full)
child('full stdout, buffer', "import sys\nsys.stdout.buffer.write(b'x')", stdout=full)
child('full stderr', "1/0", stderr=full)
child('full stderr, print', "import sys; print('x', file=sys.stderr)", stderr=full)
child('full both', "print('x'); 1/0", stdout=full, stderr=full)
child('full stdout, thread', "import threading\nt = threading.Thread(target=print, args=('x',), kwargs={'flush': True}); t.start(); t.join()", stdout=full)
child('full stdout, atexit', "import atexit; atexit.register(print, 'x')", stdout=full)
child('full stdout, file', "f = open('/dev/full', 'w'); f.write('x')")
child('full stdout, file closed', "f = open('/dev/full', 'w'); f.write('x'); f.close()")
child('full stdout, with', "with open('/dev/full', 'w') as f: f.write('x'); 1/0")
for which in ((0,), (1,), (2,), (0, 1), (1, 2), (0, 1, 2)):
    child(f'closed {which}', "import sys, os\nprint('out')\nprint('err', file=sys.stderr)\ntry: input()\nexcept BaseException as e: os.write(1 if sys.stdout else 2 if sys.stderr else 0, type(e).__name__.encode()) if sys.stdout or sys.stderr else 0\nos._exit(7) if (sys.stdin, sys.stdout, sys.stderr) == (None,) * 3 else 0", close=which)
    child(f'closed {which}, error', "1/0", close=which)
    child(f'closed {which}, exit', "raise SystemExit('text')", close=which)
    child(f'closed {which}, file', "import os; f = open(os.devnull, 'w'); print('x'); f.write('y'); g = os.open('/', 0); os.write(2, b'%d' % g) if g > 2 else 0", close=which)
    child(f'closed {which}, syntax', "x y", close=which)
child('closed in the program', "import os; os.close(1); print('x')")
child('closed in the program 2', "import os; print('x'); os.close(1)")
child('closed stderr in the program', "import os; os.close(2); 1/0")
child('sys.stdout.close', "import sys; sys.stdout.close(); print('x')")
child('sys.stdout gone', "import sys; del sys.stdout; print('x')")
child('sys.stdout 5', "import sys; sys.stdout = 5; print('x')")
child('sys.stdout object', "import sys; sys.stdout = object()")
child('sys.stdout flush raises', "import sys\nclass A:\n  def write(s, x): pass\n  def flush(s): raise KeyError('flush')\nsys.stdout = A()")
child('excepthook raises', "import sys\ndef h(*a): raise KeyError('hook')\nsys.excepthook = h; 1/0")
child('excepthook exits', "import sys\ndef h(*a): raise SystemExit(5)\nsys.excepthook = h; 1/0")
child('excepthook interrupted', "import sys\ndef h(*a): raise KeyboardInterrupt\nsys.excepthook = h; 1/0")
child('excepthook gone', "import sys\ndel sys.excepthook; 1/0")
child('excepthook None', "import sys\nsys.excepthook = None; 1/0")
child('excepthook os._exit', "import sys, os\nsys.excepthook = lambda *a: os._exit(9); 1/0")
child('excepthook KeyboardInterrupt', "import sys\nsys.excepthook = lambda *a: print('hook', a[0].__name__)\nraise KeyboardInterrupt")
child('atexit raises', "import atexit, sys\ndef f(): raise KeyError('atexit')\natexit.register(print, 'last')\natexit.register(f)\natexit.register(sys.exit, 5)\natexit.register(print, 'first')")
child('atexit raises after error', "import atexit\ndef f(): raise KeyError('atexit')\natexit.register(f); 1/0")
child('atexit interrupted', "import atexit\ndef f(): raise KeyboardInterrupt\natexit.register(f)")
child('atexit registers', "import atexit\ndef f(): atexit.register(print, 'late')\natexit.register(f)")
child('__del__ at exit', "class A:\n  def __del__(s): raise KeyError('del')\na = A()")
child('__del__ at exit exits', "class A:\n  def __del__(s): raise SystemExit(4)\na = A()")
child('displayhook', "x y", args=['-i'], stdin=subprocess.DEVNULL)
# --- broken pipes ---
r, broken = os.pipe()
os.close(r)
def pipe_child(title, code, **k): child(title, code, stdout=broken, **k)
pipe_child('pipe', "print('x')")
pipe_child('pipe flush', "print('x', flush=True)")
pipe_child('pipe big', "for i in range(100000): print('x' * 100)")
pipe_child('pipe default', "import signal; signal.signal(signal.SIGPIPE, signal.SIG_DFL); print('x', flush=True)")
pipe_child('pipe handler', "import signal, sys; signal.signal(signal.SIGPIPE, lambda *a: print('sigpipe', file=sys.stderr)); print('x', flush=True)")
pipe_child('pipe caught', "import sys, os\ntry: print('x', flush=True)\nexcept BrokenPipeError: os.dup2(os.open(os.devnull, 1), 1); sys.exit(1)")
# --- rlimits ---
child('no files', "import os, resource\nresource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))\nimport json", tail=1)
child('no processes', "import os, resource, threading\nresource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))\nthreading.stack_size(2**32)\ntry: threading.Thread(target=print).start()\nexcept RuntimeError as e: print(e)\nprint(threading.active_count())")
child('file size', "import resource, signal, os, tempfile\nresource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))\nf = tempfile.TemporaryFile('w')\nf.write('x' * 100)\ntry: f.flush()\nexcept OSError as e: print(e)\ntry: f.close()\nexcept OSError as e: print('close', e)\nprint(f.closed)")
for r in results:
    print(*r.result(), sep='\n')
