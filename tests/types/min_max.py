# min() and max() of lists and tuples of one kind are found without calls: the same one of equal or incomparable values as by comparing one after the other.
nan=float('nan')
for s in ([nan,1.0,2.0],[1.0,nan,0.5],[1.0,nan],[3,1,2],[3,1.5,2],['b','a','c'],['b',1],[True,False],[0.0,-0.0],(-0.0,0.0),[2**70,1],[1,2**70],['é','z','中'],[],(1,),[1.5,True]):
    for f in min,max:
        try: print(f(s), repr(f(s)))
        except Exception as e: print(type(e).__name__, e)
a='xy'*3; b='xyxyx'+'y'; l=[a,b]; print(min(l) is a, max(l) is a)
