# Modules found, compiled and loaded.
# SPDX-License-Identifier: MIT
import importlib
import os
import sys
import tempfile

from _timing import report, size

SOURCE = '''
import os, sys, re
from collections import namedtuple
CONSTANT_%d = 1
class A:
    x = 1
    def f(self, a, b=2): return [i for i in range(a) if i != b]
class B(A):
    def f(self, a, b=3):
        try:
            return super().f(a, b)
        except ValueError as e:
            raise TypeError(f"no {a!r}") from e
def g(*args, **kw):
    for a in args:
        if a in kw: yield kw[a]
'''


def run(n):
    with tempfile.TemporaryDirectory() as folder:
        names = [f"bench_module_{i}" for i in range(n)]
        for i, name in enumerate(names):
            with open(os.path.join(folder, name + ".py"), "w") as f:
                f.write(SOURCE % i)
        sys.path.insert(0, folder)
        try:
            for _ in range(3):
                for name in names:
                    importlib.import_module(name)
                for name in names:
                    del sys.modules[name]
        finally:
            sys.path.remove(folder)


report("imports", run, size(100))
