# An interrupt at any moment, and other signals. Exit status, output and standard error of each child.
# time: 120
import signal, time
from _child import child, results

# --- interrupts ---
INT = signal.SIGINT
sleep = "import time\nprint('up', flush=True)\n"
child('int in sleep', sleep + "time.sleep(10)", when=INT, tail=2)
child('int in loop', sleep + "while True: pass", when=INT, tail=2)
child('int caught', sleep + "try: time.sleep(10)\nexcept KeyboardInterrupt: print('caught')", when=INT)
child('int with thread', "import threading\n" + sleep + "threading.Thread(target=time.sleep, args=(.3,)).start()\ntime.sleep(10)", when=INT, tail=2)
child('int in join', "import threading\n" + sleep + "t = threading.Thread(target=time.sleep, args=(2,)); t.start(); t.join()", when=INT, tail=2)
child('int in shutdown join', "import threading, time, sys, atexit\ndef f():\n  time.sleep(.2); print('up', flush=True); time.sleep(.6)\nthreading.Thread(target=f).start()", when=INT, tail=3)
child('int in lock', "import threading\nl = threading.Lock(); l.acquire()\n" + sleep + "l.acquire()", when=INT, tail=2)
child('int in queue', "import queue\n" + sleep + "queue.Queue().get()", when=INT, tail=1)
child('int in event', "import threading\n" + sleep + "threading.Event().wait(10)", when=INT, tail=1)
child('int in select', "import select\n" + sleep + "select.select([], [], [], 10)", when=INT, tail=1)
child('int in read', "import os\nr, w = os.pipe()\n" + sleep + "os.read(r, 1)", when=INT, tail=1)
child('int in wait', "import subprocess\n" + sleep + "subprocess.run(['sleep', '1'])", when=INT, tail=1)
child('int in import', "import sys, types\nclass F:\n  def find_spec(s, n, p, t):\n    import importlib.machinery as m\n    return m.ModuleSpec(n, s) if n == 'zz' else None\n  def create_module(s, sp): pass\n  def exec_module(s, m): print('up', flush=True); __import__('time').sleep(5)\nsys.meta_path.insert(0, F())\nimport zz", when=INT, tail=1)
child('int in atexit', "import atexit, time\ndef f(): print('up', flush=True); time.sleep(5)\natexit.register(f)", when=INT, tail=2)
child('int in __del__', "import time\nclass A:\n  def __del__(s): print('up', flush=True); time.sleep(1); print('slept')\na = A()\ndel a\nprint('after')", when=INT, tail=3)
child('int in __del__ at exit', "import time\nclass A:\n  def __del__(s): print('up', flush=True); s.time.sleep(1)\na = A(); a.time = time", when=INT, tail=2)
child('int in except', sleep + "try: time.sleep(5)\nexcept KeyboardInterrupt: 1/0", when=INT, tail=1)
child('int in finally', sleep + "try: time.sleep(5)\nfinally: print('finally')", when=INT, tail=1)
child('int as SystemExit', sleep + "try: time.sleep(5)\nexcept KeyboardInterrupt: raise SystemExit(6)", when=INT)
child('int ignored', "import signal; signal.signal(2, signal.SIG_IGN)\n" + sleep + "time.sleep(.3); print('slept')", when=INT)
child('int default', "import signal; signal.signal(2, signal.SIG_DFL)\n" + sleep + "time.sleep(5)", when=INT)
child('int handler raises', "import signal\ndef h(*a): raise KeyError('handler')\nsignal.signal(2, h)\n" + sleep + "time.sleep(5)", when=INT, tail=1)
child('int with excepthook', "import sys\nsys.excepthook = lambda *a: print('hook')\n" + sleep + "time.sleep(5)", when=INT)
child('int, atexit runs', "import atexit\natexit.register(print, 'atexit')\n" + sleep + "time.sleep(5)", when=INT, tail=1)
child('int in a subinterpreter of -m', "import asyncio\n" + sleep + "asyncio.run(asyncio.sleep(5))", when=INT, tail=1)
child('term', sleep + "time.sleep(5)", when=signal.SIGTERM)
child('hup', sleep + "time.sleep(5)", when=signal.SIGHUP)
child('usr1', sleep + "time.sleep(5)", when=signal.SIGUSR1)
child('raised in child group', "import signal, os; os.kill(os.getpid(), 2)", tail=1)
child('raise KeyboardInterrupt', "raise KeyboardInterrupt")
child('raise KeyboardInterrupt subclass', "class K(KeyboardInterrupt): pass\nraise K('x')")
child('KeyboardInterrupt in thread', "import threading\ndef f(): raise KeyboardInterrupt\nt = threading.Thread(target=f); t.start(); t.join()", tail=1)
child('exit codes', "raise SystemExit(2**40)"); child('exit -1', "raise SystemExit(-1)"); child('exit 256', "raise SystemExit(256)"); child('exit 2**70', "raise SystemExit(2**70)"); child('exit float', "raise SystemExit(1.5)"); child('exit tuple', "raise SystemExit(1, 2)")
child('exit bad str', "class A:\n  def __str__(s): raise KeyError\nraise SystemExit(A())")
child('exit code property', "class E(SystemExit):\n  @property\n  def code(s): raise KeyError\nraise E(5)")
child('-m', '', args=['-m', 'no_such_module_zz'])
child('int inherited ignored', sleep + "time.sleep(.4); print('slept')", when=INT, start='signal.signal(2, signal.SIG_IGN)')
for r in results:
    print(*r.result(), sep='\n')
