# Arguments of the wrong kind to functions that nobody calls by hand.
import _sre, _thread, _typing
for args in ((ValueError, 1), ([], 255), (1, 2)):
    try:
        _typing._set_default(*args)
    except TypeError:
        continue
    raise AssertionError(args)
for groups in (2**40, -1):
    try:
        _sre.compile('a', 0, [1], groups, {}, ())
    except (RuntimeError, OverflowError):
        continue
    raise AssertionError(groups)
local = _thread._local()
try:
    local.__getattribute__([])
except TypeError as e:
    assert 'attribute name must be string' in str(e)
name = ''.join(['a', 'bc'])
setattr(local, name, 5)
assert getattr(local, ''.join(['ab', 'c'])) == local.abc == 5
