"""Uncaught exceptions: exit status and output before it."""
# SPDX-License-Identifier: MIT
# status: 1
print("before", flush=True)
class A:
    def __del__(self): print("deleted")
a = A()
raise KeyError("k")
