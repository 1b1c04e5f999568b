# What gc shows: referents that are numbers, generations, DEBUG_SAVEALL; and __index__ that releases a memoryview.
import gc, io, codecs, ast

print(sorted(gc.get_referents([1, 3], (5, 2.5), {7: 9})), gc.get_referents(1, "a", 4j))
print(gc.is_tracked(type), gc.is_tracked([]))

def where(o):
    return [any(o is x for x in gc.get_objects(generation=g)) for g in range(3)]
gc.disable()
gc.collect()
l = []
l.append(l)
print(where(l))
for g in range(3):
    gc.collect(g)
    print(where(l))

class C:
    def __del__(self):
        print("finalized")
gc.set_debug(gc.DEBUG_SAVEALL)
c = C()
c.me = c
del c, l
gc.collect()
gc.set_debug(0)
print(sorted(type(o).__name__ for o in gc.garbage if type(o) is not dict))
gc.garbage.clear()
print(gc.collect() > 0, gc.garbage)
gc.enable()

class Index:
    def __index__(self):
        m.release()
        return 1
for use in (lambda: m[Index(), 0], lambda: m.__setitem__((0, Index()), 1)):
    m = memoryview(bytearray(4)).cast("B", (2, 2))
    try: use()
    except ValueError as e: print(e)
m = memoryview(bytearray(b"abc"))
print(bytes(m[Index():]))
m = memoryview(bytearray(b"abc"))
try: m[Index():] = b"xy"
except ValueError as e: print(e)

t = io.TextIOWrapper(io.BytesIO(), "ascii", "replace")
for change in {"encoding": "no-such"}, {"line_buffering": "x", "write_through": "y"}:
    try: t.reconfigure(**change)
    except (LookupError, TypeError) as e: print(type(e).__name__)
print(t.encoding, t.errors)
try: codecs.lookup("utf-8\0")
except ValueError as e: print(e)

empty = frozenset()
print(eval(compile(ast.fix_missing_locations(ast.Expression(ast.Constant(empty))), "", "eval")) is empty)
fields = ast.AST._fields
del ast.AST._fields
try: ast.AST()
except AttributeError as e: print(e)
ast.AST._fields = fields
print(type(ast.AST()))

# the instances of a class refer to it
class Instances:
    pass


class Slotted:
    __slots__ = ("x",)


instance, slotted = Instances(), Slotted()
slotted.x = 1
print([o is instance for o in gc.get_referrers(Instances) if type(o) is Instances], [o is slotted for o in gc.get_referrers(Slotted) if type(o) is Slotted])
