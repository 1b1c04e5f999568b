# Formats beyond the single native codes: compared by struct's rules; half floats stored; what is refused, and how.
import ctypes
import array
little = memoryview((ctypes.c_int32 * 3)(1, 2, -3))
big = memoryview((ctypes.c_int16.__ctype_be__ * 3)(1, 2, -3))
print(little.format, big.format, little == big, little == array.array("q", [1, 2, -3]))
big.obj[2] = 5
print(little == big, big != little)
half = memoryview(bytearray(4)).cast("e")
half[0] = 1.5
print(half.tolist(), half.tobytes())
for bad in (1e9, "x", 2**1024):
    for m in (half, memoryview(bytearray(8)).cast("d")):
        try:
            m[0] = bad
        except Exception as e:
            print(type(e).__name__, e)
m = memoryview(bytearray(8))
for key in ((slice(0, 2), {}), (slice(0, 2), slice(0, 1))):
    try:
        m[key]
    except Exception as e:
        print(type(e).__name__, e)
for shape in ([2**64], [1] * 128):
    try:
        m.cast("B", shape)
    except Exception as e:
        print(type(e).__name__, e)
m.release()
try:
    iter(m)
except ValueError as e:
    print(e)
for flags in (0x100, 0x200):
    try:
        bytearray(b"abc").__buffer__(flags)
    except SystemError:
        print("SystemError")


# A descriptor's __get__ is called with the descriptor, whatever kind of callable it is.
class Descr:
    __get__ = max


class Two:
    d = Descr()


try:
    Two().d
except TypeError as e:
    print(str(e).count("Descr"))
