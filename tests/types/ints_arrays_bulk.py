# Long ints and bytes, digits in bases of powers of two, and arrays from lists: swapped, refused and kept as they were.
import array
import random
import sys

r = random.Random(5)
sys.set_int_max_str_digits(0)
for n in list(range(0, 80)) + [127, 128, 129, 1000, 1023, 20000]:
    b = r.randbytes(n)
    for data in (b, b"\xff" * n, b"\x80" + bytes(n), bytes(n) + b"\x01"):
        x = int.from_bytes(data, "big")
        assert x == int.from_bytes(data[::-1], "little") == int(data.hex() or "0", 16)
        s = int.from_bytes(data, "big", signed=True)
        assert s == int.from_bytes(data[::-1], "little", signed=True) == (x - (1 << 8 * len(data)) if data and data[0] > 127 else x)
        assert x.to_bytes(len(data), "big") == data
        for y in (x, -x, s):
            for f in (bin, oct, hex):
                t = f(y)
                assert int(t, 0) == y and not t.strip("-").startswith(("0b0", "0x0")) or y == 0, (f, y)
            assert format(y, "b") == bin(y).replace("0b", "") and format(y, "#x") == hex(y)
x = (1 << 1100000) - 3
assert int(bin(x), 2) == x and int(hex(x), 16) == x and bin(x).count("1") == 1099999
print(bin(1 << 64), bin(-(1 << 64) - 1), bin((1 << 130) - 7), bin(1 << 63), bin(-(1 << 63)), hex(-(1 << 64)))

for code in "bBhHiIlLqQfd":
    for n in (0, 1, 2, 3, 7, 33, 100):
        a = array.array(code, [i % 100 for i in range(n)])
        b = array.array(code, a)
        a.byteswap()
        w = a.itemsize
        assert a.tobytes() == b"".join(b.tobytes()[k : k + w][::-1] for k in range(0, n * w, w))
        a.byteswap()
        assert a == b
    for values in ([1, 2**31], [-(2**31), 2**31 - 1], [-(2**31) - 1], [1, 2**63 - 1], [-(2**63)], [2**63], [2**64 - 1], [2**64], [-1], [True, False], [1, 2.0], [1, "a"], (3, 4), (5, None), []):
        a = array.array(code, [1])
        try:
            if isinstance(values, list):
                a.fromlist(values)
            print(code, a.tolist(), array.array(code, values).tolist())
        except (TypeError, OverflowError) as e:
            print(code, type(e).__name__, e, a.tolist())
