"""Copies of objects: shallow (copy), deep (deepcopy), and with some fields replaced (replace).

A shallow copy of a container holds the very objects that the original holds; a deep copy holds deep copies of
them. What refers to itself stays one object thanks to the memo, a dict that a deep copy passes on: it maps the
id() of what has been copied to the copy. A class takes charge by the methods __copy__(), __deepcopy__(memo) and
__replace__(**changes), or by those that pickling uses (__reduce_ex__, __getstate__, __setstate__).
"""
# SPDX-License-Identifier: MIT
#
# The work of deepcopy is done by the native module _copy, which asks the tables below at each object as code in
# Python would, and knows the functions named here: changes of the tables count.

import types
import weakref
from _copy import deepcopy as _deepcopy
from copyreg import dispatch_table

__all__ = ["Error", "copy", "deepcopy", "replace"]


class Error(Exception):
    pass


error = Error  # its name of old


def copy(x):
    """Shallow copy of any object."""
    cls = type(x)
    copier = _copy_dispatch.get(cls)
    if copier:
        return copier(x)
    if issubclass(cls, type):
        return x
    copier = getattr(cls, "__copy__", None)
    if copier is not None:
        return copier(x)
    rv = _reduce(x, cls, "un(shallow)copyable object of type %s")
    return x if isinstance(rv, str) else _reconstruct(x, None, *rv)


def deepcopy(x, memo=None, _nil=[]):
    """Deep copy of any object. The memo is for __deepcopy__ methods, which pass it on."""
    return _deepcopy(x, {} if memo is None else memo, _tables)


def replace(obj, /, **changes):
    """A new object with the fields of obj but for those given: for named tuples, frozen dataclasses and whatever else has __replace__."""
    cls = obj.__class__
    func = getattr(cls, "__replace__", None)
    if func is None:
        raise TypeError(f"replace() does not support {cls.__name__} objects")
    return func(obj, **changes)


def _reduce(x, cls, message):
    reductor = dispatch_table.get(cls)
    if reductor is not None:
        return reductor(x)
    reductor = getattr(x, "__reduce_ex__", None)
    if reductor is not None:
        return reductor(4)
    reductor = getattr(x, "__reduce__", None)
    if reductor:
        return reductor()
    raise Error(message % cls)


def _copy_immutable(x):
    return x


def _deepcopy_atomic(x, memo):
    return x


def _deepcopy_list(x, memo, deepcopy=deepcopy):
    memo[id(x)] = y = []
    for item in x:
        y.append(deepcopy(item, memo))
    return y


def _deepcopy_tuple(x, memo, deepcopy=deepcopy):
    y = tuple([deepcopy(item, memo) for item in x])
    try:
        return memo[id(x)]  # it was within itself
    except KeyError:
        return y if any(a is not b for a, b in zip(x, y)) else x


def _deepcopy_dict(x, memo, deepcopy=deepcopy):
    memo[id(x)] = y = {}
    for key, value in x.items():
        y[deepcopy(key, memo)] = deepcopy(value, memo)
    return y


def _deepcopy_method(x, memo):
    return type(x)(x.__func__, deepcopy(x.__self__, memo))


def _keep_alive(x, memo):
    """x lives as long as the memo, which knows it by its id."""
    try:
        memo[id(memo)].append(x)
    except KeyError:
        memo[id(memo)] = [x]


def _reconstruct(x, memo, func, args, state=None, listiter=None, dictiter=None, *, deepcopy=deepcopy):
    """The object that a __reduce_ex__ result tells to make; memo None: a shallow copy."""
    deep = memo is not None
    if deep:
        args = [deepcopy(arg, memo) for arg in args or ()]
    y = func(*args)
    if deep:
        memo[id(x)] = y
    if state is not None:
        if deep:
            state = deepcopy(state, memo)
        if hasattr(y, "__setstate__"):
            y.__setstate__(state)
        else:
            slots = None
            if isinstance(state, tuple) and len(state) == 2:
                state, slots = state
            if state is not None:
                y.__dict__.update(state)
            if slots is not None:
                for key, value in slots.items():
                    setattr(y, key, value)
    if listiter is not None:
        for item in listiter:
            y.append(deepcopy(item, memo) if deep else item)
    if dictiter is not None:
        for key, value in dictiter:
            if deep:
                key = deepcopy(key, memo)
                value = deepcopy(value, memo)
            y[key] = value
    return y


_atomic = (types.NoneType, types.EllipsisType, types.NotImplementedType, int, float, bool, complex, bytes, str, types.CodeType,
           type, range, types.BuiltinFunctionType, types.FunctionType, weakref.ref, property)
_copy_dispatch = dict.fromkeys(_atomic + (tuple, frozenset, slice), _copy_immutable)
_copy_dispatch |= {list: list.copy, dict: dict.copy, set: set.copy, bytearray: bytearray.copy}
_deepcopy_dispatch = dict.fromkeys(_atomic, _deepcopy_atomic)
_deepcopy_dispatch |= {list: _deepcopy_list, tuple: _deepcopy_tuple, dict: _deepcopy_dict, types.MethodType: _deepcopy_method}
_tables = (_deepcopy_dispatch, dispatch_table, Error, _reconstruct, _deepcopy_atomic, _deepcopy_list, _deepcopy_tuple, _deepcopy_dict)

del types, weakref, _atomic
