# The words of a failed `from … import` ask whether the module's name is one of the library's: a name that cannot be hashed is an error of its own, and was a crash.
import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as d:
    with open(os.path.join(d, 'fractions.py'), 'w') as f: f.write('here = 1\n')
    with open(os.path.join(d, 'main.py'), 'w') as f:
        f.write('''import fractions
class substr(str): __hash__ = None
fractions.__name__ = substr('fractions')
try: from fractions import Fraction
except TypeError as e: print(e)
try: fractions.Fraction
except TypeError as e: print(e)
''')
    r = subprocess.run([sys.executable, 'main.py'], cwd=d, capture_output=True, text=True)
    print(r.returncode, r.stdout, r.stderr)
