# While a dict compares keys to insert one, another thread inserts the same, at a place that the search has passed: it is one key still.
# With the GIL it was two, and one of them could not be removed.
import threading

class Key:
    meanwhile = None
    def __init__(self, n):
        self.n = n
    def __hash__(self):
        return 0
    def __eq__(self, other):
        equal = self.n == other.n
        do, Key.meanwhile = Key.meanwhile, None
        if do:
            thread = threading.Thread(target=do)
            thread.start()
            thread.join()
        return equal

def other():
    d[Key(3)] = "the other's"

d = {Key(n): n for n in (1, 2)}
del d[Key(1)]
Key.meanwhile = other
d[Key(3)] = "mine"
print([(k.n, v) for k, v in d.items()])  # expect: [(2, 2), (3, 'mine')]
print(d.pop(Key(3)), Key(3) in d, len(d))  # expect: mine False 1

d = {Key(n): n for n in (1, 2)}
del d[Key(1)]
Key.meanwhile = other
print(d.setdefault(Key(3), "mine"), len(d))  # expect: the other's 2
