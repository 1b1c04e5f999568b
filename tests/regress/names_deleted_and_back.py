# A name that is deleted from a living namespace and comes back takes no memory each time (its cell is used again), and what is stored or read through code that
# still knows the cell is what the namespace's dict shows.
import sys
import threading

namespace = {"stop": False}
exec(
    """
def store(v):
    global x
    x = v
def load():
    return x
def gone():
    global x
    del x
""",
    namespace,
)
store, load, gone = namespace["store"], namespace["load"], namespace["gone"]


def rss():
    with open("/proc/self/statm") as f:
        return int(f.read().split()[1]) * 4


def turns(n):
    for i in range(n):
        store(i)
        load()
        gone()


turns(20000)
before = rss()
turns(200000)
checked = any(word in sys.executable for word in ("/tsan/", "/asan/", "/debug/"))  # these keep memory back
print(rss() - before < 2000 or checked or rss() - before)  # expect: True

# the other ways a name goes
for how in ("pop", "popitem", "clear", "update"):
    space = {}
    exec("def f():\n    global y\n    y = 1\n    return y\ndef g():\n    return y\n", space)
    f, g = space["f"], space["g"]
    for _ in range(50):
        f(), g()
        if how == "pop":
            space.pop("y")
        elif how == "popitem":
            while space.popitem()[0] != "y":
                pass
        elif how == "clear":
            space.clear()
        else:
            space.update(y=2)
        try:
            print(g(), end=" ") if _ == 49 else g()
        except NameError as e:
            if _ == 49:
                print(e, end=" ")
        if how != "update":
            space["y"] = 7
            assert g() == 7 and space["y"] == 7, (g(), space)
    print(how)
# expect: name 'y' is not defined pop
# expect: name 'y' is not defined popitem
# expect: name 'y' is not defined clear
# expect: 2 update

# namespaces that die with names deleted
for i in range(3000):
    space = {}
    exec("a = 1\ndef f():\n    global a\n    del a\nf()\na = 2\nf()\n", space)
print("a" in space)  # expect: False

# threads: one lets the name go and come back, others store, load and look at the dict
wrong = []


def own(k):
    """Stores in a name of its own while it comes and goes: what it has stored it reads, by whatever way."""
    exec(f"def put{k}(v):\n    global own{k}\n    own{k} = v\ndef get{k}():\n    return own{k}\ndef away{k}():\n    global own{k}\n    del own{k}\n", space := namespace)
    put, get, away, name = space[f"put{k}"], space[f"get{k}"], space[f"away{k}"], f"own{k}"
    i = 0
    while not namespace["stop"]:
        i += 1
        put(i)
        if not (get() == namespace[name] == namespace.get(name) == i) or name not in list(namespace):
            wrong.append((k, i, get(), namespace.get(name), name in list(namespace)))
        if i % 3 == 0:
            away()


def shared(k):
    last = -1
    while not namespace["stop"]:
        try:
            store(k)
            if load() not in range(10):
                wrong.append(k)
            if k % 2:
                gone()
            if "load" not in dict(namespace) or "load" not in [n for n, v in namespace.copy().items()]:
                wrong.append("load")
        except NameError:
            pass


threads = [threading.Thread(target=f, args=(k,)) for k in range(3) for f in (own, shared)]
for t in threads:
    t.start()
threading.Event().wait(1.0)
namespace["stop"] = True
for t in threads:
    t.join()
print(wrong[:5])  # expect: []
