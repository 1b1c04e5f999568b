"""Order in which what modules hold is given up at exit."""
# SPDX-License-Identifier: MIT
class D:
    def __init__(s, n): s.n = n
    def __del__(s): print("del", s.n)
a = D('a'); _b = D('_b'); z = D('z')

import atexit, builtins
builtins.keep = D('builtins')
atexit.register(print, 'atexit')
