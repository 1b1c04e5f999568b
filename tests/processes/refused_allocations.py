# time: 120
# Single allocations that fail in small programs: MemoryError or the right result, and everything works afterwards (tests/oom/_each.py, a sample of it).
import os, subprocess, sys
here = os.path.dirname(os.path.abspath(__file__))
env = dict(os.environ, IM_STRESS='oom=1000000000000')
for only in ('files', 'lists', 'text', 'generators', 'context_managers', 'closures', 'thread_lives', 'traced', 'finalizers', 'databases'):
    p = subprocess.run([sys.executable, os.path.join(here, '../oom/_each.py'), '--only', only, '--seconds', '6'], env=env, capture_output=True, text=True)
    assert p.returncode == 0, (only, p.returncode, p.stdout[-2000:], p.stderr[-2000:])
p = subprocess.run([sys.executable, '-c', 'import sys; sys._imugi.refuse_allocation(1)'], env=dict(os.environ, IM_STRESS=''), capture_output=True, text=True)
assert p.returncode == 1 and 'only with IM_STRESS' in p.stderr, p
