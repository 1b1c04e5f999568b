"""Modules imported by eight threads at once; a namespace that dies with its module is not emptied under its weak references."""  # threads.md 24
# SPDX-License-Identifier: MIT
import threading, sys
mods = ['json','typing','logging','decimal','fractions','heapq','bisect','copy','pprint','textwrap','string','enum','functools','collections.abc','contextlib','queue','types','weakref','gettext','locale','csv','shlex','configparser','html','calendar']
errs = []
def w():
    for m in mods:
        try: __import__(m)
        except ImportError as e: pass
        except BaseException as e: errs.append((m, repr(e)))
ts = [threading.Thread(target=w) for _ in range(8)]
for t in ts: t.start()
for t in ts: t.join()
print(errs)
