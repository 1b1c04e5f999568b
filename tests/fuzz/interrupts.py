"""An interrupt at a random moment in the programs of tests/: they end by the signal, by their own means or as if nothing had been; never by a fault of ours.

    imugi tests/fuzz/interrupts.py [--seed N] [--seconds S] [--log FILE]
SPDX-License-Identifier: MIT
"""
import argparse, glob, os, random, re, signal, subprocess, sys, time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BAD = re.compile(r'assertion failed|AddressSanitizer|runtime error:|SystemError|Fatal Python error: (?!init_import)|ThreadSanitizer')


def main():
    p = argparse.ArgumentParser()
    p.add_argument('--seed', type=int, default=1)
    p.add_argument('--seconds', type=float, default=30)
    p.add_argument('--log')
    a = p.parse_args()
    r, end, bad, runs = random.Random(a.seed), time.monotonic() + a.seconds, 0, 0
    files = sorted(f for d in ('language', 'types', 'modules', 'threads', 'processes', 'regress', 'programs') for f in glob.glob(os.path.join(ROOT, 'tests', d, '*.py')) if os.path.basename(f)[0] != '_')
    # SIGINT as a terminal sends it, whatever the parent does with it.
    start = 'import os, signal, sys; signal.signal(2, signal.default_int_handler); os.setpgid(0, 0); os.execv(sys.argv[1], sys.argv[1:])'
    while time.monotonic() < end:
        f, wait, kind, gil = r.choice(files), r.random() ** 2 * r.choice((.1, .5, 2)), r.choice((signal.SIGINT, signal.SIGINT, signal.SIGTERM)), r.choice('01')
        if a.log:
            with open(a.log, 'w') as log: log.write(f'{f} {wait} {kind}\n')
        q = subprocess.Popen([sys.executable, '-I', '-S', '-c', start, sys.executable, '-X', 'gil=' + gil, f], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        time.sleep(.05 + wait)
        try: os.kill(q.pid, kind)
        except ProcessLookupError: pass
        try:
            err = q.communicate(timeout=30)[1].decode('utf-8', 'replace')
        except subprocess.TimeoutExpired:
            # A program may take an interrupt for its own; the second one is for those that wait for something.
            os.kill(q.pid, kind)
            try: err = q.communicate(timeout=90)[1].decode('utf-8', 'replace')
            except subprocess.TimeoutExpired:
                q.kill()
                err = 'WRONG no end'
        try: os.killpg(q.pid, signal.SIGKILL)
        except OSError: pass
        runs += 1
        if q.returncode not in (0, 1, 2, 120, -2, -15, -9, 130, 3) or BAD.search(err) and 'SystemError' not in open(f).read() or 'WRONG' in err:
            bad += 1
            print(f'WRONG {os.path.relpath(f, ROOT)} after {wait:.3f} signal {int(kind)} gil={gil}: status {q.returncode}\n{err[-3000:]}', file=sys.stderr, flush=True)
    print(runs, 'runs')
    return bad > 0


if __name__ == '__main__':
    sys.exit(main())
