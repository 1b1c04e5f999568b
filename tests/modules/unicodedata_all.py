# unicodedata: checksums over a sample of all characters in both versions, names, look-ups, normal forms, errors.
import unicodedata as u, sys

def crc(name, it):
    h=0
    n=0
    for x in it:
        for ch in repr(x).encode(): pass
        h=(h*1000003 ^ hash_(repr(x))) & 0xffffffffffff
    print(name, hex(h))
def hash_(s):
    h=5381
    for b in s.encode('utf-8','surrogatepass'): h=(h*33+b)&0xffffffff
    return h
full='-v' in sys.argv
R=[c for c in range(0x110000) if c<0x3400 and c%3 or c>=0x1d400 and c<0x1d800 or c%397==0]
for nm,o in (('new',u),('old',u.ucd_3_2_0)):
    for f in ('decimal','digit','numeric','name'):
        g=getattr(o,f); vals=[(c,g(chr(c),None)) for c in R]
        if full: [print(nm,f,hex(c),v) for c,v in vals if v is not None]
        crc(nm+f, vals)
    for f in ('category','bidirectional','combining','mirrored','east_asian_width'):
        g=getattr(o,f); vals=[(c,g(chr(c))) for c in R]
        if full: [print(nm,f,hex(c),v) for c,v in vals]
        crc(nm+f, vals)
    for form in ('NFC','NFD','NFKC','NFKD'):
        vals=[(c,o.normalize(form,'a'+chr(c)+'\u0301\u0327'+chr(c)),o.is_normalized(form,chr(c))) for c in R if c<0x3000 or c>0xa000]
        if full: [print(nm,form,hex(v[0]),ascii(v)) for v in vals]
        crc(nm+form, vals)
bad=0
for c in R:
    n=u.name(chr(c),None)
    if n and u.lookup(n)!=chr(c): bad+=1
print('lookup',bad)
for n in ('LATIN SMALL LETTER A WITH MACRON AND GRAVE','KEYCAP DIGIT ONE','NULL','line feed','CJK UNIFIED IDEOGRAPH-4e00','CJK UNIFIED IDEOGRAPH-04E00','cjk unified ideograph-3400','HANGUL SYLLABLE GAG','x'*300,'','LATIN SMALL LETTER Q WITH','hangul syllable gag'):
    for o in (u,u.ucd_3_2_0):
        try: print(n[:20],ascii(o.lookup(n)))
        except KeyError as e: print(str(e)[:80])
print('\N{LATIN SMALL LETTER A WITH DIAERESIS}\N{BEL}\N{greek small letter alpha}'.encode('ascii','namereplace'), ascii(b'\\N{KEYCAP DIGIT ONE}x\\N{BULLET}'.decode('unicode_escape')) if 0 else '')
ﬁ=1; print(fi)
for a in (('x','ab'),('name','ab'),('name',1),('normalize','NFX','a'),('normalize',1,'a'),('decimal','a'),('digit','a'),('numeric','a'),('name','\0'),('category','')):
    try: print(getattr(u,a[0],print)(*a[1:]))
    except Exception as e: print(repr(e))
