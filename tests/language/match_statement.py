# What the compiler makes of the language: checked against the recorded output.
class P:
    __match_args__=('x','y')
    def __init__(s,x,y): s.x=x; s.y=y
def m(v):
    match v:
        case 0: return "zero"
        case 1 | 2: return "one-two"
        case -1.5: return "neg"
        case "a" | "b" as s: return f"str {s}"
        case None: return "none"
        case True: return "true"
        case []: return "empty"
        case [x]: return f"one {x}"
        case [1, y, *rest]: return f"1 {y} {rest}"
        case [*_, 9]: return "ends 9"
        case (a, b) if a == b: return "pair eq"
        case (a, b): return f"pair {a} {b}"
        case [a, [b, c], *d]: return f"nest {a}{b}{c}{d}"
        case {"k": v, "z": 1}: return f"map {v}"
        case {"k": v, **r}: return f"map {v} {r}"
        case {}: return "anymap"
        case P(0, y=yy): return f"P0 {yy}"
        case P(x=px) as p: return f"P {px} {p.y}"
        case int(n) | float(n): return f"num {n}"
        case str(): return "str"
        case (1|2) as q, *_: return "never"
        case _: return "other"
for v in [0,1,2,-1.5,"a","b","zz",None,True,[],[5],[1,2],[1,2,3,4],[5,9],[4,4],[4,5],[1,[2,3]],[7,[2,3],4],{"k":1,"z":1},{"k":1,"q":2},{"u":1},P(0,1),P(2,3),77,2.5,object,b"x",(8,8,9),range(2)]:
    print(repr(v)[:30].split(' at')[0], m(v))
def g(x):
    match x:
        case [a, b] | [a, b, _]: return a+b
        case {"p": [a, {"q": b}]}: return (a,b)
        case x if x > 5: return "big"
    return x
print(g([1,2]), g([1,2,3]), g({"p":[1,{"q":2}]}), g(10), g(3))
class C: V=3
def h(x):
    match x:
        case C.V: return "V"
        case 1+2j: return "c"
        case b"x": return "bytes"
print(h(3),h(1+2j),h(b"x"),h(0))
match (1,2):
    case (x,y): print(x,y)
match = 3; case = 4; print(match, case)
