# bytearray(n) takes its zeros at once instead of copying those of a bytes; what it does with other arguments, when called again, and while a view holds it.
for given in 0, 1, 10, -1, True, 2**61 - 1, 2**63, b"", b"abc", "x", None, [1, 2], 1.5:
    try:
        b = bytearray(given)
        print(repr(given), len(b), bytes(b[:5]))
        b += b"xyz"
        b.append(1)
        b.insert(0, 2)
        del b[:2]
        print(b)
    except (TypeError, ValueError, OverflowError, MemoryError) as e:
        print(repr(given), type(e).__name__, e)

b = bytearray(b"123")
for args in (), (4,), (b"q",):
    b.__init__(*args)
    print(b)
view = memoryview(b)
for args in (), (3,), (b"zz",), (b"z",):
    try:
        b.__init__(*args)
        print(b)
    except BufferError as e:
        print(e)
