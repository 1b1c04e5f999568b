# Messages are put together from literal text and names in one pass: a '%' in a name, or what is not ASCII in it, is text like any other.
for name in ("a%d", "100%", "%", "é%s", "日本%", "x" * 300):
    T = type(name, (), {})
    try: T() + 1
    except TypeError as e: print(len(str(e)), str(e)[-40:])
    try: T().nothing
    except AttributeError as e: print(len(str(e)), str(e)[:30])
    try: T(1)
    except TypeError as e: print(len(str(e)), str(e)[:30])
for bad in ("x", "%d", "é", "1" * 300 + "z"):
    try: int(bad)
    except ValueError as e: print(len(str(e)), str(e)[:60])
    try: float(bad)
    except ValueError as e: print(len(str(e)), str(e)[:60])
for n in (0, 7, 10, 99, 2**31, -1, -(2**40)):
    try: bytes([n + 256 if n >= 0 else n])
    except ValueError as e: print(e)
    try: [].__class__.__call__(range(n, n + 3)).pop(n + 10)
    except IndexError as e: print(e)
    try: (lambda a, b: 0)(*range(abs(n) % 50))
    except TypeError as e: print(e)
    else: print("taken")
