# What the end finds in the hands of native modules is finalized, and finalizers may collect: a collection inside them counted the others' references into
# the links of lists, and the program died when those were freed.
import codecs, gc

class Handler:
    all = []
    def __init__(self):
        self.others = self.all
    def __call__(self, error): pass
    def __del__(self, collect=gc.collect):
        held = [(handler, handler) for handler in self.others]
        collect(0)
        collect(1)
        print(len(held))

for i in range(5):
    Handler.all.append(handler := Handler())
    codecs.register_error(f"handler{i}", handler)
del handler
# expect: 5
# expect: 5
# expect: 5
# expect: 5
# expect: 5
