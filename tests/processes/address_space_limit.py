# A limit of address space holds for objects and for buffers, from the start or set by the program; what is lifted again is lifted.
# time: 60
# asan: its shadow needs more address space than is left
import resource, subprocess, sys
CODE = '''
import resource, sys, threading
hard = resource.getrlimit(resource.RLIMIT_AS)[1]
def limit(mb): resource.setrlimit(resource.RLIMIT_AS, (mb << 20 if mb else hard, hard))
if %d: limit(%d)
class A: pass
def objects():
    l, n = [], 0
    try:
        while n < 30000000:
            a = A(); a.x = n; l.append(a); n += 1
    except MemoryError: return 'limited' if n > 50000 else n
def buffers():
    l = []
    try:
        while len(l) < 50000: l.append(bytes(100000))
    except MemoryError: return 'limited' if len(l) > 100 else len(l)
print(%s())
if %d:
    limit(0)
    l = [[i] for i in range(1000000)]
    t = threading.Thread(target=print, args=('thread',)); t.start(); t.join()
    print(len(l), len(bytes(1 << 28)))
'''
def run(title, at_start, own, what):
    def before():
        if at_start: resource.setrlimit(resource.RLIMIT_AS, (at_start << 20, at_start << 20))
    p = subprocess.run([sys.executable, '-c', CODE % (own, own, what, own)], capture_output=True, text=True, preexec_fn=before)
    print(title, p.returncode, p.stdout.split('\n'), p.stderr[-300:])
for what in ('objects', 'buffers'):
    run("from the start", 250, 0, what)
    run("by the program", 0, 700, what)

# A thread whose stack does not fit is an error, and the program goes on.
code = """import resource, threading
resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))
threading.stack_size(2**32)
try: threading.Thread(target=print).start()
except RuntimeError as e: print(e)
print(threading.active_count())"""
r = subprocess.run([sys.executable, '-X', 'gil=%d' % sys._is_gil_enabled(), '-c', code], capture_output=True, text=True)
print('stack', r.returncode, r.stdout.splitlines(), r.stderr)
