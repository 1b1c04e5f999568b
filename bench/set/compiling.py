# Source text compiled to code.
# SPDX-License-Identifier: MIT
from _timing import report, size

SOURCE = "\n".join(f'''
def function_{i}(a, b, *args, key=None, **kwargs):
    """Some text."""
    total = 0
    for index, item in enumerate(args):
        if item > {i} and not (a or b):
            total += item * index - {i}
        elif key is not None:
            return {{"a": [x for x in args if x], "b": (1, 2, {i})}}
        else:
            total = f"{{total}} and {{item!r:>{{{i}}}}}"
    try:
        return kwargs["x"].y.z(total, a=b)
    except (KeyError, AttributeError) as e:
        raise ValueError(str(e)) from None
''' for i in range(100))


def run(n):
    for i in range(n):
        compile(SOURCE, "bench", "exec")


report("compiling", run, size(10))
