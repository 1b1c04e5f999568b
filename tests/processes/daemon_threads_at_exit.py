# Daemon threads that are printing when the program ends keep neither its last flush nor its children waiting. threads.md 21
# time: 60
import subprocess
import sys

OPTIONS = ['-X', 'gil=' + str(int(sys._is_gil_enabled()))] if 'imugi' in sys.executable else []
TEXT = '''
import threading, itertools, io, os
it = itertools.count()
out = open(os.devnull, 'w')
def busy():
    while True:
        print(end='')
        print('x' * 100, file=out)
        next(it)
for _ in range(4): threading.Thread(target=busy, daemon=True).start()
print('done')
'''
codes = []
for i in range(8):
    p = subprocess.run([sys.executable, *OPTIONS, '-c', TEXT], stdout=subprocess.PIPE, timeout=20)
    codes.append((p.returncode, p.stdout))
print(set(codes))
