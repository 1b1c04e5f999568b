# Functions of the library's queue have native bodies. A user's module of that name, alike but for one number, is not the library's.
import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as d:
    with open(os.path.join(os.path.dirname(os.__file__), 'queue.py'), encoding='utf-8') as f: text = f.read()
    assert text.count('self.unfinished_tasks += 1') >= 1
    with open(os.path.join(d, 'queue.py'), 'w', encoding='utf-8') as f: f.write(text.replace('self.unfinished_tasks += 1', 'self.unfinished_tasks += 3'))
    with open(os.path.join(d, 'main.py'), 'w') as f: f.write('import queue\nq = queue.Queue()\nfor i in range(100): q.put(i)\nprint(q.unfinished_tasks)\n')
    print(subprocess.run([sys.executable, 'main.py'], cwd=d, capture_output=True, text=True).stdout)
