"""Stands for a C module of CPython's own tests: the files that name it load, the cases that need it skip.
SPDX-License-Identifier: MIT
"""
import unittest


class CodeLike:
    """Made by setUp(), which must come to its end for tearDown() to run."""

    def __init__(self, num_events):
        self.num_events = num_events


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def missing(*args):
        raise unittest.SkipTest(f"{__name__}.{name} is CPython's own")
    return missing
