# The dict behind __annotations__ is made when it is first asked for. Threads that ask at once for that of a function, a class or a module get the same one,
# and what one of them sets meanwhile stays: else what they write into theirs is lost.
import threading, types

def race(*steps):
    """The steps, each in a thread of its own, at the same moment."""
    gate = threading.Barrier(len(steps))
    def go(step):
        gate.wait()
        step()
    threads = [threading.Thread(target=go, args=(step,)) for step in steps]
    for thread in threads: thread.start()
    for thread in threads: thread.join()

def note(owner, key):
    return lambda: owner.__annotations__.__setitem__(key, int)
def replace(owner):
    owner.__annotations__ = {"whole": int}

lost = 0
for n in range(400):
    for make in (lambda: (lambda x: x), lambda: type("C", (), {}), lambda: types.ModuleType("m")):
        owner = make()
        race(note(owner, "a"), note(owner, "b"))
        lost += owner.__annotations__.keys() != {"a", "b"}
        owner = make()
        race(lambda: owner.__annotations__, lambda: replace(owner))
        lost += owner.__annotations__ != {"whole": int}
print(lost)  # expect: 0
