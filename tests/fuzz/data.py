"""Broken data for the decoders: marshal, pickle (both), JSON, struct, zlib, bz2, lzma, zip, csv, expat, zoneinfo, plist, codecs, base64. Errors or values, never a crash.
SPDX-License-Identifier: MIT
"""
import binascii, bz2, codecs, csv, datetime, io, json, lzma, marshal, pickle, struct, sys, zipfile, zlib
from _lib import main, mutate, text_of

code = compile('def f(a, *b, c=1, **d):\n  try:\n    yield a + c\n  except* ValueError as e: pass\nclass A:\n  x: int = 1.5\nz = [i for i in range(3)]', 'f', 'exec')
VALUES = [1, -1, 10**40, 1.5, 2j, 'text', 'é\u20ac\U0001f600', '\ud800', b'bytes', (1, (2,)), [1, [2]], {'a': 1}, {1, 2}, frozenset('ab'), None, True, ..., {'k' * 50: 'v' * 300}, list(range(300)), code]
MARSHAL = [marshal.dumps(VALUES), marshal.dumps(code), marshal.dumps(VALUES[:8], 2), marshal.dumps(('a', 'a', 'ab', [1, 1.5, b'x']), 4)]
class C:
    def __init__(self): self.x = [self]
    def __reduce_ex__(self, p): return C, (), {'y': 1}, iter([1]), iter([(1, 2)])
PVALUES = VALUES[:-1] + [datetime.datetime(2020, 1, 2), datetime.timezone.utc, bytearray(b'ab'), range(3), ValueError('x'), len, int, C, slice(1, 2), complex(1, 2), Ellipsis]
PICKLE = [pickle.dumps(x, p) for p in range(6) for x in (PVALUES, PVALUES[9:13], 'x', [1, 2])]
OPCODES = [bytes([x]) for x in b'(.012FIJKLMNPQRSTUVXabcdeghijloprstuq})]\x80\x81\x82\x83\x84\x85\x86\x87\x88\x89\x8a\x8b\x8c\x8d\x8e\x8f\x90\x91\x92\x93\x94\x95\x96\x97\x98BC'] + [b'\x8c\x03int', b'cbuiltins\nlist\n', b'\x8c\x08builtins', b'\x93', b'K\x01', b'N', b')R', b'\x94', b'h\0', b'}', b']']
JSON = [b'{"a": [1, 2.5e10, -0, true, false, null, "\\u00e9\\ud83d\\ude00\\n", {"b": {}}], "c": NaN, "d": -Infinity}']
JPIECES = list('[]{},:"\\ 0123456789.eE+-tfn') + ['"a":', 'NaN', 'Infinity', '\\ud800', '\\u', 'true', '1e999', '-', '\0', '\ud800']
XML = [b'<?xml version="1.0" encoding="utf-8"?><!DOCTYPE a [<!ENTITY b "c"><!ELEMENT a ANY>]><a x="1"><b:c xmlns:b="u">t&amp;&b;</b:c><![CDATA[x]]><!-- c --><?p i?></a>']
ZIPS = []
_f = io.BytesIO()
with zipfile.ZipFile(_f, 'w') as z:
    z.writestr('a/b.txt', 'x' * 100, zipfile.ZIP_DEFLATED)
    z.writestr('c', 'y')
ZIPS.append(_f.getvalue())
TZ = b'TZif2' + b'\0' * 15 + struct.pack('>6l', 1, 1, 0, 2, 2, 8) + struct.pack('>2l', 1, 2) + b'\0\1' + struct.pack('>lbblbb', 0, 0, 0, 3600, 1, 4) + b'UTC\0CET\0' + b'\0\0'
TZ += b'TZif2' + b'\0' * 15 + struct.pack('>6l', 1, 1, 0, 2, 2, 8) + struct.pack('>2q', 1, 2) + b'\0\1' + struct.pack('>lbblbb', 0, 0, 0, 3600, 1, 4) + b'UTC\0CET\0' + b'\0\0\nCET-1CEST,M3.5.0,M10.5.0/3\n'
COMP = {f: f(b'abcabcabd' * 200) for f in (zlib.compress, bz2.compress, lzma.compress)}
ENCODINGS = 'utf-8 utf-16 utf-32 utf-7 utf-8-sig latin-1 ascii cp1252 cp037 punycode idna unicode_escape raw_unicode_escape shift_jis euc-kr gb18030 big5hkscs iso2022_jp hz utf-16-le utf-32-be base64 quopri uu hex zlib rot13 johab cp949 euc_jisx0213'.split()
FORMATS = list('xcbB?hHiIlLqQnNefdspP0123456789<>=!@ ') + ['99999999999', '2147483648']


class Quiet(pickle.Unpickler):
    def find_class(self, module, name):
        if module in ('builtins', 'datetime', 'copyreg', '_codecs') and name in ('list', 'int', 'set', 'dict', 'bytearray', 'range', 'slice', 'complex', 'ValueError', 'datetime', 'timezone', 'timedelta', 'Ellipsis', 'len', 'object', '_reconstructor', 'encode', 'frozenset', 'str', 'tuple', 'getattr'):
            return super().find_class(module, name)
        return C
    def persistent_load(self, x): return x
class QuietPy(pickle._Unpickler):
    find_class = Quiet.find_class
    persistent_load = Quiet.persistent_load


def outcome(f, *a):
    try:
        return 'value', f(*a)
    except RecursionError:
        return 'recursion',
    except MemoryError:
        return 'memory',
    except (Exception, ) as e:
        if type(e) is SystemError:
            raise
        return 'error', type(e)


def once(r, note):
    k = r.randrange(13)
    if k == 0:
        b = mutate(r, r.choice(MARSHAL))
        note(('marshal', b))
        o = outcome(marshal.loads, b)
        if o[0] == 'value':
            outcome(repr, o[1])
    elif k in (1, 2):
        b = mutate(r, r.choice(PICKLE), OPCODES) if k == 1 else b''.join(r.choice(OPCODES) for i in range(r.randrange(1, 40))) + b'.'
        # Sizes that ask for gigabytes say nothing.
        note(('pickle', b))
        o = outcome(lambda: Quiet(io.BytesIO(b)).load())
        if o[0] == 'value':
            outcome(repr, o[1])
            outcome(pickle.dumps, o[1])
    elif k == 3:
        b = mutate(r, r.choice(JSON), JPIECES) if r.random() < .5 else text_of(r, JPIECES, 30).encode('utf-8', 'surrogatepass')
        note(('json', b))
        o = outcome(json.loads, b.decode('utf-8', 'surrogateescape'))
        p = outcome(json.JSONDecoder(strict=False).decode, b.decode('utf-8', 'replace'))
        if o[0] == 'value':
            assert outcome(lambda: json.loads(json.dumps(o[1])))[0] == 'value' or '1e999' in repr(b)
            outcome(lambda: json.dumps(o[1], indent=1, sort_keys=True))
    elif k == 4:
        fmt = text_of(r, FORMATS, 6)
        note(('struct', fmt))
        o = outcome(struct.calcsize, fmt)
        if o[0] == 'value' and o[1] < 10**6:
            data = bytes(r.randrange(256) for i in range(min(o[1], 2000)))
            v = outcome(struct.unpack, fmt, data)
            if v[0] == 'value':
                w = outcome(struct.pack, fmt, *v[1])
        if o[0] != 'value' or o[1] < 10**6: # else gigabytes of padding
            outcome(struct.pack, fmt, *[r.choice((0, -1, 2**70, 1.5, float('nan'), b'ab', 'x', None, True)) for i in range(r.randrange(6))])
            # Into and out of buffers, at odd places.
            b = bytearray(r.randrange(64))
            outcome(struct.pack_into, fmt, b, r.choice((0, 1, -1, len(b), -len(b), 2**63, 5)), *[r.choice((0, 1, -1, 1.5, b'ab', True)) for i in range(r.randrange(4))])
            outcome(struct.unpack_from, fmt, r.choice((b, bytes(b), memoryview(b)[::-1], memoryview(b)[3:])), r.choice((0, 1, -1, -2**63, 2**62)))
            outcome(lambda: list(struct.iter_unpack(fmt, b))[:3])
            outcome(lambda: memoryview(b).cast(r.choice(FORMATS)).tolist())
            outcome(lambda: memoryview(b).cast('B', [r.choice((0, 1, 2, 4, 2**62, -1)) for i in range(r.randrange(4))]).tolist())
    elif k == 5:
        f = r.choice(list(COMP))
        b = mutate(r, COMP[f])
        note((f.__module__, f.__name__, b))
        g = {zlib.compress: zlib.decompress, bz2.compress: bz2.decompress, lzma.compress: lzma.decompress}[f]
        outcome(g, b)
        d = {zlib.compress: zlib.decompressobj, bz2.compress: bz2.BZ2Decompressor, lzma.compress: lzma.LZMADecompressor}[f]()
        for i in range(5):
            outcome(d.decompress, b[i * 10:i * 10 + 10], r.choice((-1, 0, 1, 100)))
        outcome(lambda: d.copy().flush())
    elif k == 6:
        b = mutate(r, r.choice(ZIPS), [b'PK\1\2', b'PK\5\6', b'PK\3\4'])
        note(('zip', b))
        def read():
            with zipfile.ZipFile(io.BytesIO(b)) as z:
                return [z.read(n) for n in z.namelist()]
        outcome(read)
    elif k == 7:
        s = text_of(r, list('ab,;"\'\n\r\0 \\1.5') + ['""', '\ud800'], 40)
        kw = {n: r.choice((None, ',', ';', '"', 'a', ' ', '\n', '', 1, True, False, '\ud800', 3)) for n in r.sample(('delimiter', 'quotechar', 'escapechar', 'doublequote', 'skipinitialspace', 'lineterminator', 'quoting', 'strict'), r.randrange(4))}
        note(('csv', s, kw))
        o = outcome(lambda: list(csv.reader(s.splitlines(True), **kw)))
        if o[0] == 'value':
            outcome(lambda: csv.writer(io.StringIO(), **kw).writerows(o[1]))
    elif k == 8:
        from xml.parsers import expat
        b = mutate(r, XML[0], [b'<a', b'>', b'&b;', b'<!ENTITY', b'encoding="utf-16"', b'encoding="x"', b'"'])
        note(('expat', b))
        p = expat.ParserCreate(namespace_separator=r.choice((None, ' ')))
        def handler(*a):
            if r.random() < .02:
                raise ValueError
            if r.random() < .02:
                p.StartElementHandler = None
            if r.random() < .01:
                p.Parse(b'x', False)
        for n in ('StartElementHandler', 'EndElementHandler', 'CharacterDataHandler', 'EntityDeclHandler', 'ElementDeclHandler', 'CommentHandler', 'DefaultHandler', 'XmlDeclHandler', 'ExternalEntityRefHandler', 'UnknownEncodingHandler', 'ProcessingInstructionHandler'):
            if r.random() < .6:
                outcome(setattr, p, n, handler)
        p.buffer_text = r.random() < .5
        for i in range(0, len(b), 30):
            outcome(p.Parse, b[i:i + 30], i + 30 >= len(b))
    elif k == 9:
        import zoneinfo
        b = mutate(r, TZ)
        note(('zoneinfo', b))
        o = outcome(lambda: zoneinfo.ZoneInfo.from_file(io.BytesIO(b), key='x'))
        if o[0] == 'value':
            for y in (1, 1970, 2024, 9999):
                outcome(lambda: datetime.datetime(y, 7, 2, tzinfo=o[1]).utcoffset())
                outcome(lambda: datetime.datetime(y, 7, 2, tzinfo=datetime.timezone.utc).astimezone(o[1]))
    elif k == 10:
        enc = r.choice(ENCODINGS)
        b = bytes(r.choice((r.randrange(256), 0x1b, 0x80, 65, 43, 92, 0)) for i in range(r.randrange(20)))
        err = r.choice(('strict', 'ignore', 'replace', 'backslashreplace', 'surrogateescape', 'surrogatepass', 'xmlcharrefreplace', 'namereplace', 'odd'))
        note((enc, b, err))
        o = outcome(codecs.decode, b, enc, err)
        d = outcome(lambda: codecs.getincrementaldecoder(enc)(err))
        if d[0] == 'value':
            for i in range(len(b)):
                outcome(d[1].decode, b[i:i + 1], i == len(b) - 1)
                if r.random() < .1:
                    outcome(d[1].setstate, r.choice(((b, 0), (b'', 2**64), (b'ab', -1), outcome(d[1].getstate)[1])))
        s = ''.join(chr(r.choice((r.randrange(128), 0xd800, 0x20ac, 0x1f600, r.randrange(0x3000, 0x9fff)))) for i in range(r.randrange(12)))
        outcome(codecs.encode, s, enc, err)
    elif k == 11:
        b = bytes(r.choice(b'ABab01+/=_ \n\x80') for i in range(r.randrange(20)))
        note(('binascii', b))
        for f in (binascii.a2b_base64, binascii.a2b_hex, binascii.a2b_uu, binascii.a2b_qp, binascii.b2a_qp, binascii.b2a_uu):
            outcome(f, b)
    else:
        b = mutate(r, codecs.encode('text é \u20ac', 'utf-8'))
        note(('io', b))
        f = io.TextIOWrapper(io.BytesIO(b * 20), encoding=r.choice(('utf-8', 'utf-16', 'latin-1', 'gb18030')), errors=r.choice(('strict', 'replace', 'surrogateescape')), newline=r.choice((None, '', '\n', '\r\n')))
        for i in range(10):
            outcome(r.choice((f.read, f.readline, f.tell, lambda: f.seek(r.choice((0, 1, 5, 2**70, -1, 2**130))), lambda: f.read(r.choice((0, 1, 3, -1))), lambda: f.write('x\udc80'), f.flush, lambda: f.truncate(3), f.detach if r.random() < .05 else f.readlines)))

if __name__ == '__main__':
    main(once)
