"""Case, repr, slices, searches and codecs of random text."""
import random,sys,hashlib
R=random.Random(int(3)); out=[]
al=["abcXYZ ,'\"\\\n\t\x7f\x00","éÉßÿµñ\xad\x80\xa0","ĀāΣσςǅŉİıſΐῼᾳﬁ","漢字日本㐀鿿ꙀＡａ","😀𝒳𐐀𐐨\U0010ffff","\ud800\udfff\udc80"]
def s():
    k=R.choice([al[:1],al[:2],al[:3],al[:4],al[1:3],al[3:4],al[:5],al])
    return "".join(R.choice(R.choice(k)) for _ in range(R.choice([0,1,2,5,17,40,400])))
def t(f):
    try: return f()
    except Exception as e: return repr(e)
for i in range(int(150)):
    x=s(); y=s()[:R.randrange(1,4)]
    out.append([x.upper(),x.lower(),x.casefold(),x.title(),x.swapcase(),x.capitalize(),repr(x),ascii(x),x[::-1],x[::2],x[::-3],x[5:1:-1]])
    for enc in ("utf-8","utf-16","utf-16-be","utf-32","ascii","latin-1"):
        for e in ("strict","ignore","replace","backslashreplace","xmlcharrefreplace","surrogateescape","surrogatepass","namereplace"):
            out.append(t(lambda:x.encode(enc,e)))
    b=t(lambda:x.encode("utf-8","surrogatepass"))
    b2=bytearray(b)
    for _ in range(R.randrange(3)):
        if b2: b2[R.randrange(len(b2))]=R.randrange(256)
    b3=bytes(R.choice([0,65,0x80,0xbf,0xc0,0xc2,0xc3,0xc4,0xe0,0xa0,0xed,0x9f,0xef,0xf0,0x90,0xf4,0x8f,0xf5,0xff]) for _ in range(R.randrange(12)))
    for bb in (b,bytes(b2),b3,b"a"*17+b3+b"b"*20):
        for e in ("strict","ignore","replace","backslashreplace","surrogateescape"):
            out.append(t(lambda:bb.decode("utf-8",e)))
        out.append([bb[::-1],bb[::2],bb[7:2:-1],bytearray(bb)[::-1],bb.count(bb[2:5]),bb.count(b"a")])
    out.append([x.split(),t(lambda:x.split(y)),t(lambda:x.split(y,2)),t(lambda:x.rsplit(y)),x.splitlines(),x.count(y),t(lambda:x.split(y,1)),x.count(x[3:9])])
print(hashlib.md5(ascii(out).encode()).hexdigest())
