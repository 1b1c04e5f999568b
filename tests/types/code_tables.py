# What a code object shows of itself: constants, flags, line table, and what replace() makes of them.
def doc(x):
    "doc"
    return x + 5
def plain(x):
    if x < 7: return [x[3], -5, 700]
for f in doc, plain, lambda: "not a docstring":
    print(hex(f.__code__.co_flags), f.__code__.co_consts[0], f.__doc__)
print({5} <= set(doc.__code__.co_consts), {7, 3, -5, 700} <= set(plain.__code__.co_consts))

def varint(it):
    b = next(it)
    v, shift = b & 63, 0
    while b & 64:
        b = next(it)
        shift += 6
        v |= (b & 63) << shift
    return v
def signed(it):
    v = varint(it)
    return -(v >> 1) if v & 1 else v >> 1
def places(code):
    """co_linetable as its documentation has it."""
    line, it = code.co_firstlineno, iter(code.co_linetable)
    for first in it:
        kind, n = first >> 3 & 15, (first & 7) + 1
        place = None, None, None, None
        if kind == 14:
            line += signed(it)
            end, col, end_col = line + varint(it), varint(it), varint(it)
            place = line, end, col - 1 if col else None, end_col - 1 if end_col else None
        elif kind == 13:
            line += signed(it)
            place = line, line, None, None
        elif kind >= 10 and kind < 13:
            line += kind - 10
            place = line, line, next(it), next(it)
        elif kind < 10:
            b = next(it)
            place = line, line, kind << 3 | b >> 4, (kind << 3 | b >> 4) + (b & 15)
        for i in range(n):
            yield place

def spread(a):
    x = (a
         +
         1) ; y = [a
                   for b in
                   range(a)]
    try:
        return x, y
    finally:
        print(                                                                                                                                       "far to the right")
for f in varint, places, spread:
    c = f.__code__
    assert list(places(c)) == list(c.co_positions())
    again = c.replace(co_linetable=c.co_linetable)
    assert again == c and hash(again) == hash(c) and again.co_linetable == c.co_linetable, f
    moved = c.replace(co_firstlineno=c.co_firstlineno + 10)
    assert [l and l + 10 for _, _, l in c.co_lines()] == [l for _, _, l in moved.co_lines()]
    none = c.replace(co_linetable=b"")
    assert list(none.co_positions()) == list(none.co_lines()) == [] and none != c and none.co_linetable == b""
    junk = c.replace(co_linetable=bytes(range(256)))
    list(junk.co_positions()), list(junk.co_lines())
    assert c.replace(co_linetable=varint.__code__.co_linetable).co_linetable == varint.__code__.co_linetable
    again = type(c)(c.co_argcount, c.co_posonlyargcount, c.co_kwonlyargcount, c.co_nlocals, c.co_stacksize, c.co_flags, c.co_code, c.co_consts, c.co_names,
                    c.co_varnames, c.co_filename, c.co_name, c.co_qualname, c.co_firstlineno, c.co_linetable, c.co_exceptiontable, c.co_freevars, c.co_cellvars)
    assert again == c
    for change in {"co_nlocals": c.co_nlocals + 1}, {"co_varnames": c.co_varnames + ("more",)}:
        try: c.replace(**change)
        except ValueError as e: print(e)
print(spread.__code__.replace(co_exceptiontable=b"") != spread.__code__)
c = plain.__code__
print(c.replace(co_stacksize=c.co_stacksize + 9).co_stacksize - c.co_stacksize)
print(hash((lambda x, y: x + y).__code__) != hash((lambda x, y: x * y).__code__.replace(co_firstlineno=1)))

# Long displays take few registers.
for text in "[" + "x, " * 100 + "]", "(" + "x, " * 100 + ")", "{" + "x, " * 100 + "}", "{" + "x: x, " * 100 + "}":
    c = compile(text, "", "eval")
    print(c.co_stacksize < 40, len(eval(c, {"x": 1})))
