# Type parameters made by calls: __module__ is that of the caller, None where it has no name; what is missing is told in numbers.
from typing import *
T1, T2, T3 = TypeVar("T1"), TypeVar("T2"), TypeVar("T3", default=int)
class A(Generic[T1,T2,T3]): pass
for a in ((),(int,),(int,str),(int,str,float)):
  for f in T1,T2,T3:
    try: print(f, f.__typing_prepare_subst__(A,a))
    except Exception as e: print(f, a, e)
try: print(A[int])
except Exception as e: print(e)
ns={}
exec('from typing import TypeVar, ParamSpec, TypeVarTuple; T = TypeVar("T", bound=float);P=ParamSpec("P");Q=TypeVarTuple("Q")', ns, ns)
print([ns[k].__module__ for k in "TPQ"])
exec('def f[T,*Q,**P](): pass', ns, ns)
print([k.__module__ for k in ns['f'].__type_params__])
