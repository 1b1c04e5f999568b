# ctypes.pythonapi: functions of CPython's C API that programs call by name, and capsules.
import ctypes
import types
from ctypes import c_char_p, c_int, c_long, c_size_t, c_ssize_t, c_void_p, py_object, pythonapi as api


def fn(name, res, *args):
    f = api[name]  # a new function object each time
    f.restype, f.argtypes = res, args
    return f


print(types.CapsuleType, types.CapsuleType.__name__)
try:
    types.CapsuleType()
except TypeError as e:
    print(e)

buffer = ctypes.create_string_buffer(b"data")
address = ctypes.addressof(buffer)
name = c_char_p(b"a.name")
new = fn("PyCapsule_New", py_object, c_void_p, c_char_p, c_void_p)
capsule = new(address, name, None)
print(type(capsule) is types.CapsuleType, repr(capsule).startswith('<capsule object "a.name" at 0x'))
print(repr(new(address, None, None)).startswith("<capsule object NULL at 0x"))
pointer = fn("PyCapsule_GetPointer", c_void_p, py_object, c_char_p)
print(pointer(capsule, b"a.name") == address, fn("PyCapsule_GetName", c_char_p, py_object)(capsule))
print(fn("PyCapsule_IsValid", c_int, py_object, c_char_p)(capsule, b"a.name"), fn("PyCapsule_IsValid", c_int, py_object, c_char_p)(capsule, b"other"))
for bad in (lambda: pointer(capsule, b"other"), lambda: pointer(5, b"x"), lambda: new(None, None, None),
            lambda: fn("PyCapsule_SetPointer", c_int, py_object, c_void_p)(capsule, None)):
    try:
        bad()
    except ValueError as e:
        print(e)
print(fn("PyCapsule_SetContext", c_int, py_object, c_void_p)(capsule, 77), fn("PyCapsule_GetContext", c_void_p, py_object)(capsule))

ends = []
END = ctypes.PYFUNCTYPE(None, c_void_p)
end = END(lambda address: ends.append(address))
short = new(address, None, ctypes.cast(end, c_void_p))
where = id(short)
del short
print(ends == [where])

print(fn("PyLong_FromLong", py_object, c_long)(12), fn("PyLong_AsLong", c_long, py_object)(2**40))
try:
    fn("PyLong_AsLong", c_long, py_object)("x")
except TypeError as e:
    print(e)
print(fn("PyBytes_FromStringAndSize", py_object, c_char_p, c_ssize_t)(b"abcdef", 3), fn("PyUnicode_FromString", py_object, c_char_p)("né".encode()))
view = fn("PyMemoryView_FromMemory", py_object, c_void_p, c_ssize_t, c_int)(address, 4, 0x200)
view[:2] = b"DA"
print(buffer.value, view.readonly)
print(fn("PyObject_Repr", py_object, py_object)([1]), fn("PyObject_GetAttrString", py_object, py_object, c_char_p)("x", b"__class__"))
print(fn("PyObject_CallObject", py_object, py_object, py_object)(max, (3, 9, 4)), fn("PyCallable_Check", c_int, py_object)(5))
print(fn("PyImport_ImportModule", py_object, c_char_p)(b"math").pi)
print(fn("PyGILState_Check", c_int)(), fn("Py_IsInitialized", c_int)(), fn("Py_GetVersion", c_char_p)().startswith(b"3.13"))
try:
    fn("PyErr_SetString", None, py_object, c_char_p)(KeyError, b"no")
except KeyError as e:
    print(repr(e))
