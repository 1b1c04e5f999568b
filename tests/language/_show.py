# What hooks_that_raise.py and class_and_import_hooks_that_raise.py print. Not a test.
import io
import re
import sys


class Hook(Exception): pass

def show(title, f, *args):
    """Prints what f returns or raises, and what it has written to sys.stderr."""
    err, sys.stderr = sys.stderr, io.StringIO()
    try:
        try: r = f(*args)
        except BaseException as e:
            r = f'{type(e).__name__}: {e}' + (f' [cause {e.__cause__!r}]' if e.__cause__ else '') + (f' [context {e.__context__!r}]' if e.__context__ else '') + (f' notes {e.__notes__}' if hasattr(e, '__notes__') else '')
        text = sys.stderr.getvalue()
    finally:
        sys.stderr = err
    print(re.sub(r"'/[^']*/", "'/.../", f'{title}: {r}'))
    for line in text.splitlines():
        line = re.sub(r'/\S*/(\w+\.py)', r'\1', line)
        print('   |', re.sub(r'File ".*?([^/"]*)", line \d+', r'File "\1"', re.sub(r'0x[0-9a-f]+|started \d+', '0x', line)))
