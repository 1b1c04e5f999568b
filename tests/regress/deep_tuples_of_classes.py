"""issubclass() and isinstance() with tuples in tuples end with a RecursionError, however small the compiler makes a frame:
the release build, laid out by counts, followed more than 60 000 of them."""
# SPDX-License-Identifier: MIT

nested = (str,)
for _ in range(40_000):
    nested = (nested,)
for test, what in (issubclass, str), (isinstance, ""):
    try:
        print(test(what, nested))
    except RecursionError as e:
        print(str(e)[:32])
shallow = (str,)
for _ in range(1000):
    shallow = (shallow,)
print(issubclass(str, shallow), isinstance("", shallow))
