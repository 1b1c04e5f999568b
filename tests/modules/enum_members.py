# What enumerations do in C (members by value, flags, value and name) behaves as the library wherever something is not as it was made.
import enum
import sys
import traceback


def show(*a):
    print(*a)


class Color(enum.Enum):
    RED = 1
    GREEN = 2
    NAMED = "text"
    PAIR = (1, 2)


class Mode(enum.IntFlag):
    R = 4
    W = 2


class Strict(enum.Flag):
    A = 1
    B = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


for i in range(3):
    show(Color(2), Color("text"), Color((1, 2)), Color(Color.RED), Color.RED.value, Color.NAMED.name, Level(2), Level(Level.LOW))
    show(Mode.R | Mode.W, Mode.R & 6, Mode.R ^ 1, 8 | Mode.R, Mode(6), Mode(0), Mode.R in Mode(6), Mode(64) | Mode.R)
    show(Strict.A | Strict.B, Strict.A & Strict.B, Strict.A ^ Strict.A, Strict.A in Strict(3), Strict(3) in Strict.A, ~Strict.A)
for bad in (lambda: Color(7), lambda: Color([]), lambda: Strict.A | 1, lambda: 1 in Strict.A, lambda: Strict(8), lambda: Color.RED.nothing, lambda: Mode.R | "x", lambda: Color.RED | Color.GREEN):
    try:
        show(bad())
    except Exception as e:
        show(type(e).__name__, e, [f.name for f in traceback.extract_tb(e.__traceback__)][2:])
show(Color(True), Color(1.0), Color(2 + 0j), type(Mode.R | True))


# Members by a hook, functions of the class's own.
class Open(enum.Enum):
    ONE = 1

    @classmethod
    def _missing_(cls, value):
        show("missing", value)
        return cls.ONE


show(Open(1), Open(5))


class Own(enum.Enum):
    ONE = 1

    @property
    def value(self):
        return "own value"

    @enum.property
    def name(self):
        return "own name"


show(Own.ONE.value, Own.ONE.name, Own(1) is Own.ONE)


class OwnFlag(enum.Flag):
    A = 1
    B = 2

    def _get_value(self, flag):
        show("get")
        return super()._get_value(flag)


show(OwnFlag.A | OwnFlag.B)


class Meta(enum.EnumType):
    def __call__(cls, value, *args, **kw):
        show("call", value)
        return super().__call__(value, *args, **kw)


class Called(enum.Enum, metaclass=Meta):
    A = 1


show(Called(1))


class Member(enum.Enum):
    value_ = 1
    name = 2
    value = 3


show(Member.name, Member.value, Member.value_.value, Member(3), Member.name.name)

# Patched, and put back.
original = enum.EnumType.__call__
enum.EnumType.__call__ = lambda cls, value, *a, **k: (show("patched", value), original(cls, value, *a, **k))[1]
show(Color(2), Strict.A | Strict.B)
enum.EnumType.__call__ = original
show(Color(2), Strict.A | Strict.B)
get = enum.Flag._get_value
enum.Flag._get_value = lambda self, flag: (show("patched get"), get(self, flag))[1]
show(Strict.A | Strict.B)
enum.Flag._get_value = get
show(Strict.A | Strict.B)
Color._value2member_map_ = {2: Color.RED}
show(Color(2))
Strict.A._value_ = 2
show(Strict.A | Strict.B, Strict.A.value)
Functional = enum.Enum("Functional", "X Y")
show(Functional(2), list(Functional), enum.Flag("F2", "P Q").P)
sys.setprofile(lambda f, e, a: e == "call" and show("-", f.f_code.co_qualname))
Color(2)
sys.setprofile(None)
