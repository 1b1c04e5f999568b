"""The encoder of json writes a list or tuple of a class that iterates in its own way as it iterates (Django keeps its form errors in such lists)."""
import json
from collections import UserList, UserDict
class EL(UserList, list):
    pass
class OwnIter(list):
    def __iter__(self): return iter("own")
class OwnTuple(tuple):
    def __iter__(self): return iter((1,2,self if False else 3))
class Len(list):
    def __len__(self): return 0
class Fails(list):
    def __iter__(self): 1/0
class NoIter(list):
    __iter__=None
class D(dict):
    def items(self): return [("own",1)]
class D2(dict):
    def __iter__(self): return iter("xyz")
    def keys(self): return "pq"
e=EL(["a","b"])
for v in (e, EL(), {"k":e}, OwnIter([1]), OwnIter(), OwnTuple((9,)), Len([1,2]), Fails([1]), NoIter([1]), D(a=1), D(), D2(a=1), [e,e]):
    for kw in ({}, {"indent":1}, {"sort_keys":True}):
        try: print(repr(json.dumps(v, **kw)))
        except Exception as x: print(type(x).__name__, x)
class Rec(list):
    def __iter__(self): return iter([self])
try: json.dumps(Rec([1]))
except Exception as x: print(type(x).__name__, x)
import collections
P=collections.namedtuple("P","x y")
print(json.dumps(P(1,[2])), json.dumps({(1):P(1,2)}))
