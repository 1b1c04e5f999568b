"""Stands for a C module of CPython's own tests; what the tests of the language ask of it, and no more.
SPDX-License-Identifier: MIT
"""
import sys
import unittest


def get_recursion_depth():
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1
    return depth


def get_config():
    return {"recursion_limit": sys.getrecursionlimit(), "code_debug_ranges": True}


def has_inline_values(obj):
    return sys._imugi.has_inline_values(obj)


def get_immortalize_deferred():
    return False


def suppress_immortalization(suppress):
    """No object becomes immortal here because a thread begins."""


def __getattr__(name):
    if name.startswith("__") or name in ("get_optimizer", "set_optimizer", "hamt"):  # the library does without these
        raise AttributeError(name)
    raise unittest.SkipTest(f"{__name__}.{name} is CPython's own")
