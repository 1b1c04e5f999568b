"""Stands for a C module of CPython's own tests: the files that name it load, the cases that need it skip.
SPDX-License-Identifier: MIT
"""
import operator
import unittest

sequence_getitem, sequence_setitem, sequence_delitem = operator.getitem, operator.setitem, operator.delitem


def object_hasattrstring(obj, name):
    return int(hasattr(obj, name.decode()))


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    raise unittest.SkipTest(f"{__name__}.{name} is CPython's own")
