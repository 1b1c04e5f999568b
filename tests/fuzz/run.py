"""Runs the fuzz targets: each in processes of its own, by seeds, for a time; tells about each that crashes, hangs or answers wrongly.

    python3.13 tests/fuzz/run.py [--seconds S] [--seed N] [--imugi PATH] [TARGET…]

A target is a file of this folder. It takes --seed N and --log FILE, ends with 0, and writes what it is about to do to the log.
SPDX-License-Identifier: MIT
"""
import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TARGETS = sorted(f[:-3] for f in os.listdir(HERE) if f.endswith('.py') and f != 'run.py' and f[0] != '_')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--seconds', type=float, default=60, help='for all targets together')
    p.add_argument('--seed', type=int, default=None)
    p.add_argument('--limit', type=float, default=60, help='seconds for one process')
    p.add_argument('--imugi', default=os.environ.get('IMUGI') or os.path.join(HERE, '../../build/imugi'))
    p.add_argument('--gil', default=None)
    p.add_argument('--args', default='')
    p.add_argument('targets', nargs='*')
    a = p.parse_args()
    targets = a.targets or TARGETS
    seed = a.seed if a.seed is not None else int(time.time())
    imugi = os.path.abspath(a.imugi)
    work = tempfile.mkdtemp(prefix='fuzz-')
    bad = {}
    runs = 0
    try:
        for i, target in enumerate(targets):
            end = time.monotonic() + a.seconds / len(targets)
            while time.monotonic() < end:
                log = os.path.join(work, 'log')
                scratch = os.path.join(work, 'scratch')
                os.makedirs(scratch, exist_ok=True)
                left = max(5, min(a.limit, end - time.monotonic() + 10))
                cmd = [imugi] + (['-X', 'gil=' + a.gil] if a.gil else []) + [os.path.join(HERE, target + '.py'), '--seed', str(seed), '--log', log] + a.args.split()
                try:
                    env = dict(os.environ, PYTHONHASHSEED='0', ASAN_OPTIONS='detect_leaks=0:handle_abort=1:allocator_may_return_null=1:' + os.environ.get('ASAN_OPTIONS', ''))
                    q = subprocess.run(cmd, cwd=scratch, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=left, env=env)
                    rc, err = q.returncode, q.stderr.decode('utf-8', 'replace')
                except subprocess.TimeoutExpired as e:
                    rc, err = 'hang', (e.stderr or b'').decode('utf-8', 'replace')
                    if time.monotonic() > end and left < a.limit:
                        rc = 0  # the time was up
                runs += 1
                if rc != 0:
                    lines = []
                    if os.path.exists(log):
                        with open(log, 'rb') as f:
                            f.seek(max(0, os.path.getsize(log) - 2000))
                            lines = f.read().decode('utf-8', 'replace').splitlines()[-4:]
                    why = re.findall(r'.*(?:assertion failed|ERROR: AddressSanitizer|runtime error|Error:|WRONG).*', err)
                    key = (target, re.sub(r'0x[0-9a-f]+|==\d+==', '', why[0]) if why else rc, lines[-1].strip().split('(')[0] if lines else '')
                    if key not in bad:
                        bad[key] = seed
                        print(f'{target} --seed {seed}: {rc}', *[w[:300] for w in why[:2]], *('    ' + l[:200] for l in lines), sep='\n  ', flush=True)
                        if 'AddressSanitizer' in err:
                            print('\n'.join('      ' + l for l in re.findall(r'    #\d+ .*', err)[:14]), flush=True)
                seed += 1
                shutil.rmtree(scratch, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print(f'fuzz: {runs} runs, {len(bad)} kinds of failure')
    return 1 if bad else 0

if __name__ == '__main__':
    sys.exit(main())
