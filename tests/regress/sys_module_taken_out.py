# sys and builtins come back when they are imported after somebody took them out of sys.modules.
import sys
first = sys
sys.modules.clear()
import sys, builtins
print(sys, builtins, sys.version == first.version, builtins.len is len)  # expect: <module 'sys' (built-in)> <module 'builtins' (built-in)> True True
first.modules.pop("builtins")
import builtins
print(builtins.print is print)  # expect: True
