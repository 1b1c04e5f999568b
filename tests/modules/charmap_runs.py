"""charmap codecs over long runs: undefined places in between, every width of mapped characters, mappings that have a say each time."""
import codecs
import random
from zlib import crc32

r = random.Random(8)
cases = [b"", b"a", b"\x81", b"a\x81", b"\x81a\x8d", bytes(range(256)) * 3, r.randbytes(2000)]
maps = ["", "abc", "a\ufffeb", "".join(map(chr, range(256))), "".join(chr(i * 250) for i in range(256)), "\U0010ffff\U00100000x\ufffe" * 64, "\xe9\u0100" * 128]


def sum_of(f, *args):
    try:
        v = f(*args)
    except (UnicodeError, TypeError, ValueError) as e:
        return f"{type(e).__name__} {e}"
    return crc32(repr(v).encode())


for errors in "strict", "replace", "ignore", "backslashreplace", "surrogateescape":
    for m in maps:
        print(errors, len(m), [sum_of(codecs.charmap_decode, c, errors, m) for c in cases])
    for name in "cp1252", "cp437", "koi8-r", "iso8859-7":
        print(errors, name, [sum_of(c.decode, name, errors) for c in cases])
texts = ["", "a", "\u20ac", "a\u20acb" * 200, "\u0120\u0220 \x20\u20ac" * 50, "".join(map(chr, range(700))), "\U0001f600x" * 30]
for errors in "strict", "replace", "ignore", "xmlcharrefreplace", "namereplace":
    for name in "cp1252", "cp437", "koi8-r", "iso8859-7":
        print(errors, name, [sum_of(t.encode, name, errors) for t in texts])
    for m in ({97: b"xy", 98: 1, 0x20AC: b"", 63: 63}, {97: None, 63: b"?"}, {97: 256}, {97: "s"}, {i: i & 255 for i in range(700)}):
        print(errors, [sum_of(codecs.charmap_encode, t, errors, m) for t in texts])


class Counting(dict):
    n = 0

    def __getitem__(self, c):
        self.n += 1
        return self.n & 127


print(codecs.charmap_encode("aaaa", "strict", Counting()))
table = {97: 1}


def turn(e):
    table[97] += 1
    return "a", e.end


codecs.register_error("turn", turn)
print(codecs.charmap_encode("a-aa-a", "turn", table))
for c in (*cases, b"'", b'"', b"'\"\\\t\n\r\x7f\x80 ", b"\n", b"''"):
    assert codecs.escape_decode(codecs.escape_encode(c)[0]) == (c, len(codecs.escape_encode(c)[0]))
    print(codecs.escape_encode(c[:70]))
