# A frame that an exception leaves through a finally clause of several ways ends on the line that ran last; a frame's f_lasti lies in its own code.
import sys


def branch(flag):
    try:
        1 / 0
    finally:
        if flag:
            x = 1


def loop():
    try:
        1 / 0
    finally:
        for i in 1, 2:
            x = i


def both():
    try:
        1 / 0
    except KeyError:
        pass
    except ValueError:
        pass
    finally:
        if sys:
            z = 1
        else:
            z = 2


def star():
    try:
        1 / 0
    except* KeyError:
        pass
    finally:
        if not sys:
            z = 1


for f, args in (branch, (0,)), (branch, (1,)), (loop, ()), (both, ()), (star, ()):
    try:
        f(*args)
    except BaseException as e:
        tb = e.__traceback__.tb_next
        first = f.__code__.co_firstlineno
        print(f.__name__, tb.tb_lineno - first, tb.tb_frame.f_lineno - first, tb.tb_frame.f_lasti < len(f.__code__.co_code))


def inner(*args, **kw):
    try:
        return deeper(*args, **kw)
    finally:
        pass


def deeper(x):
    try:
        int("no")
    except ValueError as e:
        y = 1
    if x:
        raise KeyError(x)


def outer(x):
    try:
        return inner(x)
    except KeyError as e:
        assert x
        raise


sys.settrace(lambda *a: None)
try:
    for i in range(20):
        try:
            outer(i % 3)
        except KeyError as e:
            tb = e.__traceback__
            while tb:
                assert tb.tb_frame.f_lasti < len(tb.tb_frame.f_code.co_code), tb.tb_frame
                tb = tb.tb_next
finally:
    sys.settrace(None)
