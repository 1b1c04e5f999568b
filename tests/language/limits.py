# What the compiler makes of the language: checked against the recorded output.
def mk(n): return "lambda x: " + "f(x, "*n + "0" + ")"*n
f = lambda a, b: a + b
print(eval(mk(90))(1), eval(mk(180))(1))
src = "def g(x):\n" + "".join(f"  v{i} = x + {i}\n" for i in range(400)) + "  return " + "+".join(f"v{i}" for i in range(400)) + "\n"
ns = {}; exec(src, ns); print(ns['g'](1))
src = "def g(" + ",".join(f"a{i}" for i in range(300)) + "):\n return a0 + a150 + a299, [a299 for _ in range(2)], (lambda: a298 + a3)()\n"
exec(src, ns); print(ns['g'](*range(300)))
src = "def g(" + ",".join(f"a{i}={i}" for i in range(300)) + ", **k):\n a299 += 1\n del a298\n return a0 + a150 + a299, k\n"
exec(src, ns); print(ns['g'](5, a150=1, zz=3))
src = "x = [" + ",".join(str(i) for i in range(1000)) + "]\ny = (" + ",".join("x" for i in range(500)) + ",)\nz = {" + ",".join(f"{i}:x" for i in range(300)) + "}\nprint(len(x), len(y), len(z))\n"
exec(src)
src = "def h():\n " + ",".join(f"b{i}" for i in range(300)) + " = range(300)\n return b0, b299\n"
exec(src, ns); print(ns['h']())
src = "def h():\n " + ",".join(f"b{i}" for i in range(100)) + ",*c," + ",".join(f"d{i}" for i in range(200)) + " = range(400)\n return b0, d199, c[0], len(c)\n"
exec(src, ns); print(ns['h']())
src = "def h():\n " + ",".join(f"b{i}" for i in range(300)) + " = range(299)\n"
exec(src, ns)
try: ns['h']()
except ValueError as e: print(e)
print(eval("(" * 150 + "1" + ")" * 150))
print(eval("[" * 150 + "1" + "]" * 150))
print(eval("+".join(["1"]*1000)), eval("not " * 101 + "0"))
try: eval("+".join(["x"]*100000))
except (RecursionError, MemoryError, NameError) as e: print(type(e).__name__)
src = "print(" + ",".join(f"k{i}" for i in range(0)) + "f'" + "{x}"*0 + "')"
exec(src)
x = 5
print(len(eval("f'" + "{x}-"*200 + "'")))
def many(*a, **k): return len(a), len(k)
print(eval("many(" + ",".join(str(i) for i in range(300)) + ")"), eval("many(" + ",".join(f"k{i}={i}" for i in range(300)) + ")"), eval("many(" + ",".join(f"k{i}={i}" for i in range(20)) + ", *[1,2], **{'zz':1})"))
exec("class C:\n" + "".join(f" a{i} = {i}\n" for i in range(500))); print(C.a499)
exec("def q():\n" + "".join(f" [w{i} for w{i} in range(2)]\n" for i in range(260)) + " return 1"); print(ns.get('q') or q())
exec("def q2(x):\n return " + "[" * 20 + "z0" + "".join(f" for z{i} in range(1)]" for i in range(20)) + "\n"); print(q2(1))
def cap():
    a = 1
    def g(): 
        class K:
            b = a
            def m(self): return a, self.b
        return K().m()
    return g()
print(cap())
exec("def cells():\n" + "".join(f" c{i} = {i}\n" for i in range(150)) + " def inner(): return " + "+".join(f"c{i}" for i in range(150)) + "\n return inner()\n"); print(cells())
print(eval("1 if not x else " * 50 + "2"))
print(eval("1 < " * 300 + "2"), eval("1 and " * 3000 + "2"))
src = "for i in range(1):\n" ; ind = " "
for k in range(15): src += ind*(k+1) + f"with cm{k%2}() as c{k}:\n"
src += ind*16 + "print(i)\n"
class cm0:
    def __enter__(s): return 1
    def __exit__(s,*a): pass
cm1 = cm0
exec(src)
print(f"{x:{'>' if x else '<'}{10}}", f"{x!r:^{10}}", f"{'a' 'b'}", f"{x=}", f"{x = !s}")
