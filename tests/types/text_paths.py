# Short ways through text and bytes give what the long ones do: case, slices, codecs, tables, conversions.
# SPDX-License-Identifier: MIT
import binascii
import io
import json

texts = ["", "a", "Z", "aB\tc", "hello wOrld 12", "xyz" * 11, "Straße", "ÀÉî" * 7, "ŉǅΣaς ΑΣ", "日本語Tokyo", "\U0001d538b" * 9, "K\u212a", "\x7f\x80\xff"]
for s in texts:
    print(ascii([s.upper(), s.lower(), s.title(), s.swapcase(), s.capitalize(), s.casefold()]))
    print(ascii([s[::-1], s[::2], s[1::3], s[-1:0:-2], list(s), tuple(s), s.expandtabs(4)]))
    print([s.encode(), s.encode("utf-16"), s.encode("utf-16-be"), s.encode("utf-32"), s.encode("utf-32-be")])
    assert s.encode().decode() == s and s.encode("utf-16").decode("utf-16") == s and s.encode("utf-32-be").decode("utf-32-be") == s
    print(json.dumps(s), ascii(json.dumps([s, s + '"\n'], ensure_ascii=False)))
    print(ascii([s.translate({97: "X", 98: None, 90: 0x1F600, 233: "e"}), s.translate(str.maketrans("abc", "xyz")), ", ".join(s), "".join(iter(s))]))
    b = s.encode()
    print([b.upper(), b.lower(), b.title(), b.swapcase(), b.capitalize(), b[::-1], b[::3], list(b), bytes(list(b)), bytearray(b).title()])
    print([b, bytearray(b), b.replace(b"a", b"--"), b.replace(b"o", b"", 1), memoryview(b) == b, memoryview(b) == b + b"!", memoryview(b)[::-1] == b])
    e = binascii.b2a_base64(b, newline=False)
    assert binascii.a2b_base64(e) == b and binascii.a2b_base64(e[:4] + b"\n" + e[4:]) == b and bytes.fromhex(b.hex()) == b and binascii.unhexlify(b.hex().upper()) == b
for bad in (b"abc", b"ab=c", b"a", b"YQ==YQ==", b"!!!!", b"YWJj\xff\xffZGVm"):
    try:
        print(bad, binascii.a2b_base64(bad))
    except binascii.Error as e:
        print(bad, e)
for bad in ("0g", "é0", "00 1", "1"):
    try:
        print(bytes.fromhex(bad))
    except ValueError as e:
        print(e)
for bad in (b"\xe0\x80\x80", b"\xed\xa0\x80", b"\xe2\x82", b"\xef\xbf\xbfok"):
    print(ascii(bad.decode("utf-8", "replace")))
print(repr(b"'\"\\\t\x00\xff"), repr(bytearray(b"it's")), repr(b"it's"))

y = io.BytesIO(b"one\ntwo\n")
print(y.read(2), y.getvalue(), y.write(b"XY"), y.getvalue(), y.seek(12), y.write(b"!"), y.getvalue(), y.truncate(3), y.getvalue(), bytes(y.getbuffer()))
y = io.BytesIO(b"abc")
view = y.getbuffer()
view[0] = 65
try:
    y.write(b"longer")
except BufferError as e:
    print(y.getvalue(), e)
for newline in (None, "", "\n", "\r", "\r\n"):
    z = io.StringIO("a\nb\r\nc\rdé\n日\U0001d538\nz", newline=newline)
    print(ascii([list(z), z.getvalue(), z.seek(1), z.write("x日\ny"), z.getvalue(), z.newlines, z.truncate(4), z.getvalue()]))

# Encoders that measure first and fill then: each kind of str, with what needs no handler and with what does.
long_texts = ['hello wörld 中文 text\n' * 40, 'a😀b' * 70, 'é' * 90, 'a\ud800' * 50 + '中', '\ud83d\ude00😀' * 30]
for s in long_texts:
    for encoding in 'utf-8', 'ascii', 'latin-1', 'utf-16', 'utf-16-be', 'utf-32', 'utf-32-be':
        for errors in 'strict', 'ignore', 'replace', 'backslashreplace', 'xmlcharrefreplace', 'surrogatepass':
            try:
                b = s.encode(encoding, errors)
                print(encoding, errors, len(b), b[:60], b.decode(encoding, errors) == s)
            except UnicodeError as e:
                print(encoding, errors, e)
s = long_texts[0]
print('%s' % s is s, '%s' % (s,) is s, len('<%s>' % s), '%s' % 5)

# repr, escapes, tables and JSON of long text.
for s in long_texts + ["it's \"\t\x7f\x00\\ text\n" * 40, "plain 'text'\r" * 30]:
    for r in repr(s), ascii(s), json.dumps(s), json.dumps(['中', s], ensure_ascii=False), s[::-1], s.translate({97: None, 98: 'é', 116: 'T'}), s.translate(str.maketrans('lo', '01')):
        print(len(r), ascii(r[:50]), ascii(r[-20:]))
    print(json.loads(json.dumps(s)) == s, s.encode('unicode_escape')[:70], s.encode('raw_unicode_escape', 'ignore')[:50], s.encode('unicode_escape').decode('unicode_escape') == s)
    for old, new in ('中', 'x'), ('中', '国'), ('文', 'é'), ('a', '😀'), ('\n', '\u2028'):
        r = s.replace(old, new)
        print(len(r), ascii(r[:40]), ascii(r.splitlines()[:2]), ascii(r.splitlines(True)[-1]), r.find('国'))
