# The native scanner and encoder of json.
import json, _json

print(_json.scanstring('"a\\u00e9\\ud83d\\ude00\\n\x7f"x', 1))
for bad in ['', '[', '[1', '[1,', '[1,]', '{', '{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{1:2}', '"a', '"\\x"', '"\\u12"', '"\\u12G4"', '"\\ud800\\u12G4xxx"', '"a\nb"',
            'nul', '-', '01', '1.', '[1 2]', '{"a" 1}', '1 2', '-Infinit', '\ufeff1']:
    try:
        print(repr(bad), json.loads(bad))
    except ValueError as e:
        print(repr(bad), type(e).__name__, e)
big = '{"key": [1, -2, 3.5, 1e5, 1E-2, -0, -0.0, 12345678901234567890123, true, false, null, NaN, Infinity, -Infinity, "\\u0000", ""], "\u00e9\\"": {}, "": []}'
v = json.loads(big)
print(v)
print(json.loads(big, parse_float=lambda s: 'F' + s, parse_int=lambda s: 'I' + s, parse_constant=lambda s: 'C' + s))
print(json.loads(big, object_pairs_hook=lambda p: p), json.loads('[{"a": {}}]', object_hook=lambda d: len(d)))
keys = [list(d) for d in json.loads('[{"abc": 1, "d\u00e9": 2}, {"abc": 3, "d\u00e9": 4}]')]
print(keys[0][0] is keys[1][0], keys[0][1] is keys[1][1])
for s in ['plain', 'q"\\/\b\f\n\r\t\x00\x1f\x7f', '\xe9', '\u1234\ud800', '\U0001f600', 'x' * 20 + '"' + 'y' * 20 + '\x01']:
    print(_json.encode_basestring_ascii(s), ascii(_json.encode_basestring(s)))

class I(int):
    def __repr__(self): return 'no'
class Fl(float):
    def __repr__(self): return 'no'
class D(dict):
    def items(self): return [('z', 1), ('a', 2)]
data = {'a': [1, I(2), Fl(2.5), 1e100, 10**30, (), [], {}, (1,)], 1: 2, None: 3, True: 4, 1.5: 5, 'd': D(q=1), float('inf'): float('nan')}
for kw in [{}, {'indent': 1}, {'indent': '--'}, {'separators': (',', ':')}, {'ensure_ascii': False}]:
    print(json.dumps(data, **kw))
print(json.dumps({'b': 1, 'a': {'d': 1, 'c': 2}}, sort_keys=True), json.dumps({(): 1, 'a': 2, b'': 3}, skipkeys=True), json.dumps({(): 1}, skipkeys=True, indent=1))
print(json.dumps([object, 1], default=lambda o: [o.__name__]))
loop = []
loop.append({'x': loop})
for f in [lambda: json.dumps(loop), lambda: json.dumps({(): 1}), lambda: json.dumps([1j]), lambda: json.dumps(float('nan'), allow_nan=False), lambda: json.dumps({1: 1, 'a': 2}, sort_keys=True),
          lambda: json.dumps(loop, check_circular=False), lambda: json.loads('[' * 200000), lambda: json.loads('{"a":' * 200000), lambda: _json.scanstring('abc', 9), lambda: _json.scanstring(b'', 1),
          lambda: _json.encode_basestring(1), lambda: _json.make_encoder(1, 2, 3, None, '', '', 0, 0, 0), lambda: _json.make_scanner(1)]:
    try:
        print(f())
    except Exception as e:
        print(type(e).__name__, e)
print(repr(json.loads('"\x01"', strict=False)), json.JSONDecoder().raw_decode('[1] x'))
