# Every name of every native module and built-in type, and every signature, against lists recorded from CPython 3.13.
# tests/api/cpython.txt is what CPython says (python3.13 tests/api/api.py --record), tests/api/differences.txt what may be different, and why.
# mode: plain
# time: 60
# SPDX-License-Identifier: MIT
import importlib, inspect, os, sys, types, warnings

here = os.path.dirname(os.path.abspath(__file__))
RECORD, REASONS = os.path.join(here, "cpython.txt"), os.path.join(here, "differences.txt")
warnings.simplefilter("ignore")


def native_modules():
    names = set(sys.builtin_module_names) | {"types"}
    for p in sys.path:
        if p.endswith("lib-dynload"):
            names |= {f.split(".")[0] for f in os.listdir(p) if f.endswith(".so")}
    skip = ("_test", "_ctypes_test", "_xx", "xx", "_interp", "_imugi")
    return sorted(n for n in names if not n.startswith(skip))


def signature(obj):
    """The text of an object's signature: from the object itself, or as inspect makes it; '' where there is none."""
    text = None
    if not isinstance(obj, type) or type(obj) is type:
        text = getattr(obj, "__text_signature__", None)
    if text is None and callable(obj):
        try:
            text = "=" + str(inspect.signature(obj))
        except (ValueError, TypeError):
            return ""
        except Exception as e:
            return "!" + type(e).__name__
    return text.replace("\n", " ") if isinstance(text, str) else ""


def kind(obj):
    if isinstance(obj, type):
        return "T"
    if callable(obj):
        return "F"
    return "C"


def type_name(t):
    return t.__module__ + "." + t.__qualname__


def some_types():
    """Types that no module names: of iterators, views, descriptors and the like."""
    def gen(): yield
    async def co(): pass
    async def agen(): yield
    c = co(); c.close()
    a = agen()
    class X:
        __slots__ = ("s",)
    for o in (iter([]), iter(()), iter({}), iter({}.values()), iter({}.items()), reversed([]), reversed({}), reversed({}.values()), reversed({}.items()), iter(set()),
              iter(""), iter("\u1234"), iter(b""), iter(bytearray()), iter(range(1)), iter(range(1 << 70)), iter(memoryview(b"")), iter(int, 1), {}.keys(), {}.values(), {}.items(),
              gen(), c, a, a.__anext__(), a.asend(None), a.athrow(ValueError), co().__await__() if False else None, gen, len, [].append, list.append, list.__add__, [].__add__,
              X.s, type.__dict__["__mro__"], dict.__dict__["fromkeys"], types, types.SimpleNamespace(), types.MappingProxyType({}), list[int], int | str, None, ..., NotImplemented,
              gen.__code__, gen().gi_frame, (lambda x: lambda: x)(1).__closure__[0], sys.flags, sys.version_info, sys.float_info, sys.int_info, sys.hash_info, sys.thread_info,
              sys.implementation, sys.monitoring, gen.__code__.co_lines(), gen.__code__.co_positions(), super(X, X()), property(), staticmethod(len), classmethod(len),
              slice(0), enumerate([]), zip(), map(len, []), filter(None, []), reversed(()), memoryview(b"")):
        yield type(o)
    exec("type A[T] = T\ndef f[T, *U, **P](): pass", ns := {})
    yield type(ns["A"])
    yield from map(type, ns["f"].__type_params__)
    try:
        raise ValueError
    except ValueError as e:
        yield type(e.__traceback__)


def describe():
    """{owner: {name: (kind, signature)}}"""
    out, seen = {}, set()

    def add_type(t):
        if t in seen or not isinstance(t, type):
            return
        seen.add(t)
        for b in t.__bases__:
            add_type(b)
        mine = {}
        base = t.__base__
        inherited = dir(base) if base else []
        for n in dir(t):
            try:
                v = getattr(t, n)
            except AttributeError:
                if n not in inherited:
                    mine[n] = ("C", "")
                continue
            s = signature(v) if kind(v) == "F" else ""
            if n in inherited:
                try:
                    b = getattr(base, n)
                    if n in ("__new__", "__init__", "__doc__", "__class__", "__init_subclass__", "__subclasshook__") or (signature(b) if kind(b) == "F" else "") == s:
                        continue
                except AttributeError:
                    continue
            mine[n] = (kind(v), s)
        mine["()"] = ("F", signature(t))
        out["type " + type_name(t)] = mine

    for t in some_types():
        add_type(t)
    for name in native_modules():
        try:
            m = importlib.import_module(name)
        except ImportError as e:
            out["module " + name] = {"": ("C", "import fails: %s" % e)}
            continue
        mine = {}
        for n in dir(m):
            v = getattr(m, n)
            mine[n] = (kind(v), signature(v) if kind(v) == "F" else "")
            if isinstance(v, type) and not any(isinstance(x, types.FunctionType) for x in vars(v).values()):
                add_type(v)
        out["module " + name] = mine
    return out


def write(d, f):
    for owner in sorted(d):
        f.write(owner + "\n")
        plain = {}
        for n in sorted(d[owner]):
            k, s = d[owner][n]
            if s:
                f.write(f"\t{k}\t{n}\t{s}\n")
            else:
                plain.setdefault(k, []).append(n)
        for k in sorted(plain):
            f.write(f"\t{k}\t{' '.join(plain[k])}\n")


def read(f):
    d, owner = {}, None
    for line in f:
        line = line.rstrip("\n")
        if not line.startswith("\t"):
            owner = d.setdefault(line, {})
            continue
        parts = line[1:].split("\t")
        if len(parts) == 3:
            owner[parts[1]] = (parts[0], parts[2])
        else:
            for n in parts[1].split(" "):
                owner[n] = (parts[0], "")
    return d


def same_signature(want, got):
    # inspect's text and an object's own text say the same in other words; what CPython does not tell, we may.
    if not want or want == got:
        return True
    def plain(s):
        s = s.lstrip("=")
        for a, b in (("$self, /, ", ""), ("$self, /", ""), ("$self, ", ""), ("$module, /, ", ""), ("$module, /", ""), ("$module, ", ""), ("$type, /, ", ""), ("$type, /", ""), ("$type, ", ""),
                     ("$cls, /, ", ""), ("self, /, ", ""), ("self, /", ""), ("self, ", "")):
            s = s.replace(a, b)
        return s.replace("(/, ", "(").replace("(/)", "()").replace(" ", "").replace("'", '"')
    return plain(want) == plain(got)


def compare(want, got):
    for owner in sorted(want):
        if owner not in got:
            yield owner, "", "absent"
            continue
        w, g = want[owner], got[owner]
        if "" in g and "" not in w:
            yield owner, "", g[""][1]
            continue
        for n in sorted(w):
            if n not in g:
                if w[n][1] and owner.startswith("type ") and not missing_in_type(owner, n):
                    continue  # there by inheritance, with the same signature as the base's
                yield owner, n, "absent"
            elif w[n][0] != g[n][0]:
                yield owner, n, f"is {g[n][0]}, not {w[n][0]}"
            elif not same_signature(w[n][1], g[n][1]):
                yield owner, n, f"signature {g[n][1] or 'none'}, not {w[n][1]}"
        for n in sorted(g):
            if n not in w and not (owner.startswith("type ") and n.startswith("__")):
                yield owner, n, "extra"


def missing_in_type(owner, name):
    module, _, qual = owner[5:].partition(".")
    while True:
        try:
            o = importlib.import_module(module)
            for part in qual.split("."):
                o = getattr(o, part)
            return not hasattr(o, name)
        except (ImportError, AttributeError):
            head, _, qual = qual.partition(".")
            if not qual:
                return True
            module += "." + head


def matches(pattern, text):
    import fnmatch
    return fnmatch.fnmatchcase(text, pattern)


def main():
    if "--record" in sys.argv:
        with open(RECORD, "w") as f:
            write(describe(), f)
        return 0
    with open(RECORD) as f:
        want = read(f)
    # differences.txt: "owner[.name] [absent|extra|signature|is]: reason"; shell patterns allowed.
    rules = []
    for line in open(REASONS) if os.path.exists(REASONS) else []:
        if line.strip() and not line.startswith("#"):
            what, _, reason = line.strip().partition(": ")
            rules.append([what, reason, 0])
    bad = 0
    for owner, name, what in compare(want, describe()):
        key = f"{owner.partition(' ')[2]}{'.' + name if name else ''} {what.split(' ')[0] if name else 'absent'}"
        for r in rules:
            if matches(r[0], key):
                r[2] += 1
                break
        else:
            bad += 1
            print(f"{key}: {what}")
    for what, reason, used in rules:
        if not used and "--strict" in sys.argv:
            print("unused:", what)
    print("differences without a reason:", bad)  # expect: differences without a reason: 0
    return bad != 0


if __name__ == "__main__":
    sys.exit(main())
