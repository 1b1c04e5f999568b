# Encodings of East Asia: whole texts, errors, incremental coders and streams.
import codecs, io
texts = {'euc_kr': '가나다 한글 abc', 'cp949': '똠방각하 펲시콜라', 'johab': '한글 조합', 'iso2022_kr': '가a나\nb', 'euc_jp': '日本語 ｱｲｳ テスト', 'shift_jis': '日本語 ｱｲｳ \\ ~', 'cp932': '① 日本',
         'iso2022_jp': 'abc 日本語 def', 'euc_jis_2004': '日本 か゚', 'shift_jis_2004': '日本', 'gb2312': '中文', 'hz': 'a~中文b', 'gbk': '中文 繁體', 'gb18030': '中文 \U00020000', 'big5': '中文繁體', 'cp950': '中文', 'big5hkscs': '中文'}
for name, text in texts.items():
    raw = text.encode(name)
    print(name, raw, raw.decode(name) == text, codecs.lookup(name).name)
    dec = codecs.getincrementaldecoder(name)()
    print(''.join(dec.decode(bytes([b])) for b in raw) + dec.decode(b'', True) == text)
    reader = codecs.getreader(name)(io.BytesIO(raw * 3))
    print(reader.read() == text * 3)
for er in ('strict', 'replace', 'ignore', 'xmlcharrefreplace', 'backslashreplace', 'namereplace', lambda e: (b'!!', e.end), lambda e: ('나', e.end), lambda e: ('\u1234', e.end)):
    if callable(er):
        codecs.register_error('test.er', er)
        er = 'test.er'
    for name in ('euc_kr', 'iso2022_jp', 'shift_jis'):
        try:
            print(name, er, '가\u1234あ'.encode(name, er))
        except UnicodeEncodeError as e:
            print(name, er, e, e.object == '가\u1234あ')
for er in ('strict', 'replace', 'ignore', 'backslashreplace', 'surrogateescape'):
    for raw in (b'\xb0\xa1a\xb0', b'\xff\xb0\xa1', b'\xb0a', b'a\x80b\xb0\xa1', b'\xb0\xff'):
        try:
            print(er, raw, ascii(raw.decode('euc_kr', er)))
        except UnicodeDecodeError as e:
            print(er, raw, e)
d = codecs.getincrementaldecoder('euc_kr')('replace')
print(d.errors, repr(d.decode(b'\xb0')), d.getstate(), d.decode(b'\xa1'), d.getstate())
d.setstate((b'\xb0', 0))
print(d.decode(b'\xa1'), d.reset(), d.getstate())
d = codecs.getincrementaldecoder('iso2022_jp')()
print(repr(d.decode(b'\x1b$B')), repr(d.decode(b'$"$')))
state = d.getstate()
d.reset()
d.setstate(state)
print(d.decode(b'"'))
w = io.BytesIO()
s = codecs.getwriter('iso2022_jp')(w)
s.write('あ'); s.writelines(['い', 'x']); s.reset()
print(w.getvalue())
r = codecs.getreader('euc_kr')(io.BytesIO('가나\n다라\n마'.encode('euc_kr')))
print(repr(r.read(1)), repr(r.readline()), r.readlines())
with open(__file__, encoding='utf-8') as f, io.TextIOWrapper(io.BytesIO(), encoding='cp949') as out:
    out.write('한글\n' * 1000)
    out.seek(0)
    print(sum(line == '한글\n' for line in out))
