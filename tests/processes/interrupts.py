# Ctrl-C while a parent waits for its children ends all of them; so does a closed standard output. Nobody hangs.
# time: 60
import os
import signal
import subprocess
import sys
import time

OPTIONS = ['-X', 'gil=' + str(int(sys._is_gil_enabled()))] if 'imugi' in sys.executable else []
PROGRAMS = {
    'process': '''
import multiprocessing as mp, time
def work():
    print('child', flush=True)
    time.sleep(30)
p = mp.get_context('fork').Process(target=work); p.start()
p.join()
''',
    'pool': '''
import multiprocessing as mp, time
def work(x):
    if x == 0: print('child', flush=True)
    time.sleep(30)
with mp.get_context('fork').Pool(2) as p: p.map(work, range(4))
''',
    'executor': '''
import concurrent.futures as cf, multiprocessing as mp, time
def work(x):
    if x == 0: print('child', flush=True)
    time.sleep(1)
with cf.ProcessPoolExecutor(2, mp_context=mp.get_context('fork')) as p: list(p.map(work, range(2)))
''',
    'subprocess': '''
import subprocess, sys
subprocess.run([sys.executable, '-c', 'import time; print("child", flush=True); time.sleep(30)'])
''',
    'thread': '''
import threading, time
def work():
    print('child', flush=True)
    time.sleep(1)
t = threading.Thread(target=work); t.start(); t.join()
''',
}

for name, text in PROGRAMS.items():
    p = subprocess.Popen([sys.executable, *OPTIONS, '-c', text], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True, text=True)
    line = p.stdout.readline()
    time.sleep(0.3)
    os.killpg(p.pid, signal.SIGINT)
    try:
        out, err = p.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(p.pid, signal.SIGKILL)
        out, err = p.communicate()
        print('hangs')
    print(name, repr(line), repr(out), p.returncode, 'KeyboardInterrupt' in err)

# standard output closed by the reader
p = subprocess.Popen([sys.executable, *OPTIONS, '-c', 'import os\nfor i in range(100000): print(i)\n'], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
p.stdout.readline()
p.stdout.close()
err = p.stderr.read()
print(p.wait(), b'BrokenPipeError' in err)
# closed before a fork
p = subprocess.run([sys.executable, *OPTIONS, '-c', '''
import os, sys, multiprocessing as mp
sys.stdout.close(); os.close(1)
p = mp.get_context('fork').Process(target=sys.exit, args=(6,)); p.start(); p.join(); os._exit(p.exitcode)
'''], stderr=subprocess.PIPE)
print(p.returncode, p.stderr)
