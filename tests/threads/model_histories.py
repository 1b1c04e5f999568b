# Histories of two threads, each of which some order of single steps explains. threads.md 1 2 3 4 5 29 30 31
# time: 90
# SPDX-License-Identifier: MIT
import array, collections, itertools, queue, types
from _histories import histories

N = 40
def ops(*texts, **names):
    space = {**globals(), **names}
    return {t: eval("lambda o: " + t, space) for t in texts}
def doing(*statements, **names):
    made = {}
    for s in statements:
        space = {**globals(), **names}
        exec(f"def f(o):\n {s}", space)
        made[s] = space["f"]
    return made

letters = [chr(97 + i) for i in range(N)]
reading = ("o[0]", "o[5]", "o[-1]", f"o[{N}]", "o[2:8]", "o[::3]", "list(o)", "o.copy()", "o[:]", "o + [1]", "o * 2", "tuple(o)", "sorted(o)", "set(o)")
changing = ("o.append(7)", "o.append(8)", "o.pop()", "o.pop(0)", "o.pop(5)", "o.insert(0, 7)", "o.insert(5, 9)", "o.extend([7, 8, 9])", "o.extend((4, 5))", "o.reverse()", "o.clear()", "o.remove(7)",
            "o.__iadd__([1, 2])", "o.__imul__(2)", "o.extend(o)", "o.extend(range(5))", "o.extend({1: 2, 3: 4})")
stores = ("o[0] = 100", "o[-1] = 101", "del o[0]", "del o[-1]", "del o[2:6]", "o[2:6] = [1]", "o[1:3] = (5, 6, 7, 8)", "del o[::3]", "o[:] = [1, 2, 3]", "o[:0] = (1, 2)", "o[1:5:2] = (50, 51)")
histories("list", lambda: list(range(N)), ops(*reading, *changing) | doing(*stores), rounds=1500)

histories("dict", lambda: {i: i for i in range(N)}, ops(
    "o[1]", "o.get(2)", "o.get('new')", "1 in o", "list(o)", "o.copy()", "dict(o)", "list(o.items())", "list(o.values())", "{**o}", "o | {}", "sorted(o)", 
    "tuple(o)", "set(o)", "bool(o)", "dict(o.items())", "list(o.keys())", "tuple(o.items())", "1 in o.values()",
    "o.setdefault('new', 5)", "o.setdefault(1, 6)", "o.pop(1, None)", "o.pop(2)", "o.pop('new')", "o.popitem()", "o.clear()", "o.update(a=1)", "o.__ior__({3: 'three'})", "o.__setitem__('new', 7)", "o.__delitem__(3)") |
    doing("o[1] = 'a'", "o['new'] = 'b'", "o['more'] = 'c'", "del o[1]", "del o[4]", "del o['new']"), rounds=1500)

histories("set", lambda: set(range(N)), ops(
    "1 in o", "o.copy()", "set(o)", "frozenset(o)", "o == {1}", "o <= {1}", "o | {1}", "o & {1, 2}", "o - {1}", "o ^ {1, 200}", "sorted(o)", "o.isdisjoint({100})", "o.issubset(range(50))", "o.issuperset({1, 2})", "frozenset(list(o))", "frozenset(sorted(o))",
    "o.add(100)", "o.add(101)", "o.discard(1)", "o.remove(1)", "o.remove(100)", "o.clear()", "o.update({100, 101, 102})", "o.update({1, 2})", "o.difference_update({1, 2, 3})", "o.intersection_update(set(range(10)))", "o.symmetric_difference_update({1, 200})",
    "o.__ior__({7, 300})", "o.__isub__({4, 5})", "o.__iand__(set(range(20)))", "o.__ixor__({1, 100})"), rounds=1500)

histories("set.pop", lambda: {1}, ops("o.pop()", "o.add(1)", "1 in o", "o.discard(1)", "o.clear()"), rounds=800)

histories("bytearray", lambda: bytearray(range(N)), ops(
    "o[0]", "o[-1]", "o[2:8]", "o[::3]", "bytes(o)", "o.copy()", "7 in o", "o.count(7)", "o.find(7)", "o.hex()", "o == b'x'", "o + b'x'", "o * 2", "list(o)", "o.upper()", "o.replace(b'a', b'b')", "o.split(b'\\x05')", "o.startswith(b'\\0')",
    "o.decode('latin-1')", "repr(o)", "o.find(b'\\7\\x08')", "o.translate(None, b'\\1')", "b'-'.join([o])", "o.strip(b'\\0')", "int.from_bytes(o)", "o.partition(b'\\5')", "o.rfind(b'\\1')", "o % ()", "str(o, 'latin-1')", "o.center(60)", "o.zfill(60)", "bytes(o).isascii()",
    "o.append(7)", "o.pop()", "o.pop(0)", "o.insert(0, 7)", "o.insert(5, 9)", "o.extend(b'\\7\\x08')", "o.extend([4, 5])", "o.reverse()", "o.clear()", "o.remove(7)", "o.__iadd__(b'ab')", "o.__imul__(2)", "o.extend(o)", "o.__iadd__(o)") |
    doing("o[0] = 100", "o[-1] = 101", "del o[0]", "del o[2:6]", "o[2:6] = b'a'", "o[1:3] = b'xyzuv'", "del o[::3]", "o[3:3] = o", "o[:] = b'abc'"), rounds=1500)

histories("deque", lambda: collections.deque(range(N)), ops(
    "o[0]", "o[-1]", "o[5]", "o.copy()", "7 in o", "o.count(7)", "o.index(7)", "o + collections.deque([1])", "o == collections.deque()", "o * 2",
    "o.append(7)", "o.appendleft(8)", "o.pop()", "o.popleft()", "o.extend([7, 8, 9])", "o.extendleft((1, 2))", "o.rotate(3)", "o.rotate(-2)", "o.reverse()", "o.clear()", "o.remove(7)", "o.insert(3, 99)", "o.__iadd__([1, 2])", "o.__imul__(2)", "o.extend(o)") |
    doing("o[0] = 100", "o[-1] = 101", "del o[0]", "del o[3]"), rounds=1500)
histories("deque with a bound", lambda: collections.deque(range(8), 8), ops(
    "o[0]", "o[-1]", "o.copy()", "o.append(7)", "o.appendleft(8)", "o.pop()", "o.popleft()", "o.extend([7, 8, 9])", "o.rotate(3)", "o.clear()", "o.insert(3, 99)", "o.__iadd__([1, 2])"), rounds=800)

class Plain:
    def __init__(self):
        self.a, self.b = 1, 2
class Slots:
    __slots__ = "a", "b", "c"
    def __init__(self):
        self.a, self.b = 1, 2
attributes = ops("o.a", "o.b", "o.c", "hasattr(o, 'c')", "getattr(o, 'a', None)") | doing("o.a = 10", "o.b = 20", "o.c = 30", "del o.a", "del o.c", "setattr(o, 'a', 11)", "delattr(o, 'b')")
histories("instance", Plain, attributes, lambda o: vars(o), rounds=1000)
histories("instance and its __dict__", Plain, attributes | ops("vars(o).copy()", "list(vars(o))", "vars(o).pop('a', None)", "vars(o).update(a=5)", "o.__dict__.setdefault('c', 7)", "dict(vars(o))", "vars(o).clear()", "vars(o).popitem()", "list(vars(o).items())") |
    doing("o.__dict__ = {'a': 'new', 'c': 'n'}", "o.__dict__['a'] = 3"), lambda o: vars(o), rounds=1000)
histories("slots", Slots, attributes, lambda o: [getattr(o, n, None) for n in "abc"], rounds=1000)
def a_class():
    return type("C", (type("B", (), {"a": "base", "c": "base c"}),), {"a": 1, "b": 2})
histories("class attributes", a_class, attributes | ops("o().a", "o().c", "hasattr(o(), 'b')"), lambda o: {n: getattr(o, n, None) for n in "abc"}, rounds=600)
histories("module", lambda: (lambda m: (vars(m).update(a=1, b=2), m)[1])(types.ModuleType("m")), attributes, lambda o: [getattr(o, n, None) for n in "abc"], rounds=600)
histories("closure", lambda: (lambda v: (lambda: v, lambda: exec("")))(3)[0], ops("o()", "o.__closure__[0].cell_contents") | doing("o.__closure__[0].cell_contents = 5", "o.__closure__[0].cell_contents = 6"), lambda o: o(), rounds=300)

def simple():
    q = queue.SimpleQueue()
    q.put(1), q.put(2)
    return q
def rest(q):
    return [q.get_nowait() for _ in range(q.qsize())]
histories("SimpleQueue", simple, ops("o.put(3)", "o.put(4)", "o.get_nowait()", "o.get(False)", "o.qsize()", "o.empty()"), rest, rounds=800)
def bounded():
    q = queue.Queue(3)
    q.put(1), q.put(2)
    return q
histories("Queue", bounded, ops("o.put_nowait(3)", "o.put_nowait(4)", "o.get_nowait()", "o.qsize()", "o.empty()", "o.full()"), lambda q: list(q.queue), rounds=500)

histories("OrderedDict", lambda: collections.OrderedDict((i, i) for i in range(10)), ops(
    "o[1]", "o.get(2)", "1 in o", "o.copy()", "list(o)", "list(o.items())", "o.setdefault('new', 5)", "o.pop(1, None)", "o.popitem()", "o.popitem(last=False)", "o.clear()", "o.move_to_end(3)", "o.move_to_end(4, last=False)", "o.update({1: 'one'})") |
    doing("o[1] = 'a'", "o['new'] = 'b'", "del o[1]", "del o['new']"), rounds=1000)
histories("defaultdict", lambda: collections.defaultdict(int, a=1), ops("o['a']", "o['b']", "o.get('b')", "o.pop('b', None)", "o.copy()", "o.setdefault('c', 4)", "o.popitem()") | doing("o['b'] = 5", "del o['b']"), rounds=600)
histories("array", lambda: array.array("q", range(N)), ops(
    "o[0]", "o[2:8]", "o.tobytes()", "o.tolist()", "list(o)",
    "o.append(7)", "o.pop()", "o.pop(0)", "o.insert(3, 9)", "o.extend(array.array('q', [7, 8]))", "o.fromlist([4, 5])", "o.frombytes(bytes(8))", "o.reverse()", "o.byteswap()", "o.frombytes(bytes(8))"), rounds=800)
