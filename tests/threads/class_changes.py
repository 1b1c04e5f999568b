# A class changes after instructions have remembered where its attributes are: what they remember is void, in the thread that made the change
# and in every other.
import threading

class Data:
    def __init__(self, name):
        self.name = name
    def __get__(self, obj, cls):
        return f"data {self.name}"
    def __set__(self, obj, value):
        obj.__dict__["set_" + self.name] = value

class NonData:
    def __get__(self, obj, cls):
        return "nondata"

def elsewhere(f):
    t = threading.Thread(target=f)
    t.start()
    t.join()
def here(f):
    f()

def scenario(change_in):
    out = []
    # --- a data descriptor takes precedence over instance attributes that exist already
    class A:
        plain = 1
        def method(self):
            return "method"
    class B(A):
        pass
    objs = [A(), B(), B()]
    objs[2].extra = 0
    for o in objs:
        o.x = 5
    def get(o):
        return o.x
    def put(o, v):
        o.x = v
    def call(o):
        return o.method()
    def cls_attr(o):
        return o.plain
    for _ in range(50):
        for o in objs:
            assert get(o) == 5 and call(o) == "method" and cls_attr(o) == 1
            put(o, 5)
    change_in(lambda: setattr(A, "x", Data("x")))
    out.append([get(o) for o in objs])
    for o in objs:
        put(o, 6)
    out.append([o.__dict__["set_x"] for o in objs])
    out.append([o.__dict__["x"] for o in objs])
    change_in(lambda: delattr(A, "x"))
    out.append([get(o) for o in objs])
    for o in objs:
        put(o, 7)
    out.append([get(o) for o in objs])
    # --- a non-data descriptor does not; but where the instance has nothing, it answers
    change_in(lambda: setattr(A, "x", NonData()))
    del objs[0].x
    out.append([get(o) for o in objs])
    # --- methods and plain attributes replaced, hidden lower down, shadowed by the instance
    change_in(lambda: setattr(A, "method", lambda self: "changed"))
    out.append([call(o) for o in objs])
    change_in(lambda: setattr(B, "method", lambda self: "hidden"))
    out.append([call(o) for o in objs])
    objs[1].method = lambda: "own"
    out.append([call(o) for o in objs])
    change_in(lambda: setattr(B, "method", property(lambda self: lambda: "property")))
    out.append([call(o) for o in objs])
    change_in(lambda: delattr(B, "method"))
    out.append([call(o) for o in objs])
    change_in(lambda: setattr(A, "plain", 2))
    out.append([cls_attr(o) for o in objs])
    change_in(lambda: setattr(A, "plain", Data("plain")))
    out.append([cls_attr(o) for o in objs])
    change_in(lambda: delattr(A, "plain"))
    for o in objs:
        try:
            cls_attr(o)
            out.append("?")
        except AttributeError as e:
            out.append(str(e))
    # --- __getattr__, __getattribute__, __setattr__
    change_in(lambda: setattr(A, "__getattr__", lambda self, name: "getattr " + name))
    out.append([cls_attr(o) for o in objs])
    change_in(lambda: setattr(B, "__getattribute__", lambda self, name: "all " + name))
    out.append([get(o) for o in objs])
    change_in(lambda: delattr(B, "__getattribute__"))
    change_in(lambda: delattr(A, "__getattr__"))
    out.append([get(o) for o in objs[1:]])
    log = []
    change_in(lambda: setattr(A, "__setattr__", lambda self, name, v: log.append((name, v))))
    for o in objs:
        put(o, 8)
    out.append(log)
    change_in(lambda: delattr(A, "__setattr__"))
    for o in objs:
        put(o, 9)
    out.append([get(o) for o in objs])
    # --- the descriptor's own class gets or loses __set__ and __get__
    class D:
        def __get__(self, obj, cls):
            return "D"
    class C:
        d = D()
    c = C()
    c.__dict__["d"] = "mine"
    def get_d(o):
        return o.d
    for _ in range(50):
        assert get_d(c) == "mine"
    change_in(lambda: setattr(D, "__set__", lambda self, obj, v: None))
    out.append(get_d(c))
    change_in(lambda: delattr(D, "__set__"))
    out.append(get_d(c))
    # --- __class__ and __bases__
    class P:
        y = "P"
    class Q:
        y = "Q"
    class R(P):
        pass
    r = R()
    def get_y(o):
        return o.y
    for _ in range(50):
        assert get_y(r) == "P"
    change_in(lambda: setattr(R, "__bases__", (Q,)))
    out.append(get_y(r))
    change_in(lambda: setattr(r, "__class__", A))
    change_in(lambda: setattr(A, "y", "A"))
    out.append(get_y(r))
    # --- a descriptor's class gets __get__ and __set__ from another base
    class Empty:
        pass
    class Setter:
        def __set__(self, obj, v):
            pass
    class Getter:
        def __get__(self, obj, cls):
            return "got"
    class Base(Empty):
        pass
    class Derived(Base):
        pass
    class Holder:
        e = Derived()
    h = Holder()
    h.__dict__["e"] = "own"
    def get_e(o):
        return o.e
    def get_e_of_class():
        return Holder.e
    for _ in range(50):
        assert get_e(h) == "own" and type(get_e_of_class()) is Derived
    for bases in (Getter,), (Setter,), (Getter, Setter), (Empty,):
        change_in(lambda: setattr(Base, "__bases__", bases))
        out.append([type(get_e(h)).__name__, get_e(h) == "own", type(get_e_of_class()).__name__])
    # --- class attributes read through the class
    def get_cls():
        return C.z
    C.z = 1
    for _ in range(50):
        assert get_cls() == 1
    change_in(lambda: setattr(C, "z", 2))
    out.append(get_cls())
    class Meta(type):
        pass
    class M(metaclass=Meta):
        z = 1
    def get_m():
        return M.z
    for _ in range(50):
        assert get_m() == 1
    change_in(lambda: setattr(Meta, "z", property(lambda cls: "meta")))
    out.append(get_m())
    # --- special methods
    class L:
        def __len__(self):
            return 3
    l = L()
    def truth(o):
        return bool(o), len(o)
    for _ in range(50):
        assert truth(l) == (True, 3)
    change_in(lambda: setattr(L, "__bool__", lambda self: False))
    out.append(truth(l))
    change_in(lambda: setattr(L, "__len__", lambda self: 4))
    change_in(lambda: delattr(L, "__bool__"))
    out.append(truth(l))
    return out

a, b = scenario(here), scenario(elsewhere)
for line in a:
    print(line)
print(a == b)
