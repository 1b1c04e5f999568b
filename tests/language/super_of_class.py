# super() in class methods, __new__ and metaclasses: its object is a class. What a site found last is remembered; it must see changes of the classes, other classes
# at the same site, and tell functions, class methods and static methods apart.


class Base:
    kept = "of Base"

    def __new__(cls, *args):
        return super().__new__(cls)

    def plain(*args):
        return "plain", args

    @classmethod
    def named(cls, *args):
        return cls.__name__, args

    @staticmethod
    def free(*args):
        return args

    @property
    def prop(self):
        return "property"

    def method(self, *args):
        return type(self).__name__, args


class Derived(Base):
    def __new__(cls, *args):
        self = super().__new__(cls, *args)
        self.args = args
        return self

    @classmethod
    def named(cls, *args):
        return super().named(*args), super().named(1), getattr(super().named, "__self__", None)

    @classmethod
    def others(cls):
        return super().plain(2), super().free(3), super().kept, super().prop is Base.prop, super().__repr__ is object.__repr__

    def method(self, *args):
        return super().method(*args), super().method(1), super().method.__self__ is self, super().named(2), super().free(4), super().prop, super().kept

    def either(self):
        """With an instance or, called by the class, with one of its classes."""
        return super().named()


class Further(Derived):
    pass


for _ in range(3):
    for cls in Derived, Further:
        print(cls.named(0), cls.others(), cls(5).args, cls().method(6))
    print(Derived().either(), Further().either(), Derived.either(Derived), Derived.either(Further))

Base.named = classmethod(lambda cls, *args: ("changed", cls.__name__, args))
print(Further.named(), Derived.either(Further))
Base.named = staticmethod(lambda *args: ("static", args))
print(Further.named()[:2])
Base.named = "no function"
print(Derived.either(Derived) if callable(Base.named) else "not callable")
del Base.named
try:
    Further.named()
except AttributeError as e:
    print(e)


class Other:
    @classmethod
    def named(cls, *args):
        return "Other", cls.__name__, args


class Mixed(Derived, Other):
    pass


print(Mixed.named(7)[:2])  # the next in the order of this class, which is none of Derived's bases


class Meta(type):
    def __call__(cls, *args):
        return [super().__call__(*args)]

    def tell(cls):
        return "Meta", cls.__name__

    @classmethod
    def make(mcs):
        return mcs.__name__


class Meta2(Meta):
    def tell(cls):
        return super().tell()

    @classmethod
    def make(mcs):
        return super().make()


class Made(metaclass=Meta2):
    pass


for _ in range(3):
    print(type(Made()), Made.tell(), Meta2.make())
for args in ((), (1,)):
    try:
        super(Derived, int).named(*args)
    except TypeError as e:
        print(e)
