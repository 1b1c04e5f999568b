# gc.DEBUG_SAVEALL keeps what is unreachable, DEBUG_STATS and DEBUG_COLLECTABLE report it; get_referents names the class.
import contextlib
import gc
import io


class Node:
    def __init__(self, name):
        self.name, self.other = name, None

    def __repr__(self):
        return self.name


def pair():
    a, b = Node("a"), Node("b")
    a.other, b.other = b, a


gc.disable()
gc.collect()
gc.set_debug(gc.DEBUG_SAVEALL)
pair()
print(gc.collect() >= 2, sorted(map(repr, (o for o in gc.garbage if isinstance(o, Node)))))
print(gc.garbage[0].other.other in gc.garbage, gc.get_debug())
gc.set_debug(0)
gc.garbage.clear()
print(gc.collect() >= 2, gc.garbage)

err = io.StringIO()
with contextlib.redirect_stderr(err):
    gc.set_debug(gc.DEBUG_STATS | gc.DEBUG_COLLECTABLE)
    pair()
    gc.collect()
    gc.set_debug(0)
lines = err.getvalue().splitlines()
print([l for l in lines if l.startswith("gc: collecting")], any(l.startswith("gc: collectable <Node 0x") for l in lines))
print(any(l.startswith("gc: done, ") and l.endswith("s elapsed") and ", 0 uncollectable, " in l for l in lines))
print(Node in gc.get_referents(Node("x")))
