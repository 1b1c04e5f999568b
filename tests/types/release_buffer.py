# __buffer__ and __release_buffer__ of classes that inherit a native buffer.
import inspect


class Override(bytearray):
    def __buffer__(self, flags):
        return super().__buffer__(flags)

    def __release_buffer__(self, view):
        print("release", view.tobytes())
        super().__release_buffer__(view)


b = Override(b"abc")
with memoryview(b) as m:
    print(bytes(m))
b.append(1)


class Only(bytearray):
    def __release_buffer__(self, view):
        global kept
        kept = view
        print("only", view.tobytes())
        for f in (lambda: memoryview(view), lambda: view.cast("b"), lambda: view.toreadonly(), lambda: view[:1], lambda: view.__buffer__(0)):
            try:
                f()
            except ValueError as e:
                print(e)
        super().__release_buffer__(view)


c = Only(b"xyz")
with memoryview(c) as m:
    print(bytes(m))
c.clear()
try:
    kept.tobytes()
except ValueError as e:
    print(e)


class Other(bytearray):
    def __buffer__(self, flags):
        return memoryview(b"other")

    def __release_buffer__(self, view):
        try:
            super().__release_buffer__(view)
        except ValueError as e:
            print(e)


with memoryview(Other(b"own")) as m:
    print(bytes(m))


class Plain:
    def __init__(self):
        self.data = bytearray(b"plain")

    def __buffer__(self, flags):
        print(flags & inspect.BufferFlags.WRITABLE)
        return memoryview(self.data)

    def __release_buffer__(self, view):
        self.view = view


p = Plain()
with memoryview._from_flags(p, inspect.BufferFlags.WRITABLE) as m:
    m[0] = 80
print(p.view.tobytes())
try:
    p.data.clear()
except BufferError as e:
    print(e)
p.view.release()
p.data.clear()
