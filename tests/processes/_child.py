# Children whose exit status, output and standard error tests print, a few at a time and told in order. Not a test.
import os
import re
import resource
import signal
import subprocess
import sys
import time
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
