"""Elements, builders and parsers of _elementtree, message by message."""
import builtins, re
def print(*a):
    builtins.print(re.sub("0x[0-9a-f]+", "0x", " ".join(map(str, a))))
import xml.etree.ElementTree as ET, copy, pickle
def t(f):
    try: r=f()
    except BaseException as e: r="%s: %s"%(type(e).__name__,e)
    print(r)
E=ET.Element
print(E, E.__module__, E.__qualname__, ET.SubElement, ET.TreeBuilder, ET.XMLParser, ET.ParseError, ET.ParseError.__mro__)
print([n for n in dir(E)]); print([n for n in dir(ET.TreeBuilder) if n[:2]!="__"],[n for n in dir(ET.XMLParser) if n[:2]!="__"])
t(lambda:E()); t(lambda:E(1,2)); t(lambda:E("a",{},3)); t(lambda:E("a",attrib=5)); t(lambda:E("a",{"x":1},attrib=5).attrib); t(lambda:E("a",attrib={"q":1},z=2).attrib); t(lambda:E(tag="a"))
e=E("a",x="1"); print(repr(e)[:13]); c=ET.SubElement(e,"b"); d=ET.SubElement(e,"c",{"k":"v"},m="n"); print(d.attrib, len(e))
t(lambda:e.append(5)); t(lambda:e.append()); t(lambda:e.insert("a",c)); t(lambda:e.insert(0,5)); t(lambda:e.extend(5)); t(lambda:e.extend([5])); t(lambda:e.extend(["a"])); t(lambda:e[10]); t(lambda:e["a"]); t(lambda:e.__setitem__(0,5)); t(lambda:e.__setitem__(10,c)); t(lambda:e.__setitem__("a",c)); t(lambda:e.__delitem__(10)); t(lambda:e.__delitem__("a"))
t(lambda:e.__setitem__(slice(0,2),5)); t(lambda:e.__setitem__(slice(0,2),[5])); t(lambda:e.__setitem__(slice(0,2,2),[c,c,c])); t(lambda:e.__setitem__(slice(0,2),(c,d,c))); print(len(e)); t(lambda:e[::2]); t(lambda:e[::-1]); t(lambda:e.__delitem__(slice(0,1)))
t(lambda:e.remove(E("q"))); t(lambda:e.remove(5)); t(lambda:e.find()); t(lambda:e.find(5)); t(lambda:e.find("b",5)); t(lambda:e.findtext("b")); t(lambda:e.findtext("zz","dd")); t(lambda:e.findall("c")); t(lambda:e.find("./c")); t(lambda:e.iterfind("c")); t(lambda:e.get("x")); t(lambda:e.get("y",7)); t(lambda:e.get()); t(lambda:e.keys()); t(lambda:e.items()); t(lambda:e.set("a")); t(lambda:e.set("a","5")); t(lambda:e.attrib)
t(lambda:delattr(e,"tag")); t(lambda:delattr(e,"text")); t(lambda:delattr(e,"attrib")); t(lambda:setattr(e,"attrib",5)); t(lambda:setattr(e,"foo",5)); t(lambda:e.makeelement("a",5)); t(lambda:e.makeelement("a")); t(lambda:type(e.makeelement("a",{"x":1})))
x=copy.copy(e); print(x.attrib is e.attrib, x.attrib==e.attrib, len(x), x[0] is e[0]); y=copy.deepcopy(e); print(y.attrib is e.attrib, y[0] is e[0], ET.tostring(y))
print(e.__getstate__().keys(), type(e.__getstate__()["_children"])); t(lambda:e.__setstate__(5)); t(lambda:E("a").__setstate__({"tag":"z","foo":1})); t(lambda:E("a").__setstate__({"tag":"z","_children":5})); t(lambda:E("a").__setstate__({"tag":"z","_children":[5]})); z=E("a"); z.__setstate__({"tag":"z","_children":[c]}); print(z.tag,len(z),z.attrib,z.text)
print(ET.tostring(pickle.loads(pickle.dumps(e)))); print(e.__reduce_ex__(2)[:2])
t(lambda:e.iter()); t(lambda:list(e.iter("c"))[0].tag); t(lambda:e.iter(5)); it=e.iter(); print(type(it), type(e.itertext())); 
r=ET.XML("<a>1<b>2<!-- c -->3</b>4<?pi x?>5<d/>6</a>"); print(list(r.itertext()), ET.tostring(r)); r.append(ET.Comment("cc")); r[-1].tail="TT"; print(list(r.itertext()))
p=ET.XMLParser(target=ET.TreeBuilder(insert_comments=True,insert_pis=True)); p.feed("<a>1<b>2<!-- c -->3</b>4<?pi x?>5<d/>6</a>"); r=p.close(); print(ET.tostring(r), list(r.itertext()))
t(lambda:ET.XML("<a>&foo;</a>")); t(lambda:ET.XML("<a><b></a>")); t(lambda:ET.XML("")); t(lambda:ET.XML("<a/><b/>"))
try: ET.XML("<a>&foo;</a>")
except ET.ParseError as ex: print(ex.code, ex.position, ex.args, ex.msg)
try: ET.XML("<a>\n<b></a>")
except ET.ParseError as ex: print(ex.code, ex.position, ex.args, ex.msg)
p=ET.XMLParser(); print(p.entity, p.target, p.version[:6]); p.entity["foo"]="FOO"; p.feed("<!DOCTYPE a SYSTEM 'x'><a>&foo;</a>"); print(ET.tostring(p.close()))
t(lambda:p.close()); t(lambda:p.feed("<a/>")); t(lambda:ET.XMLParser(5)); t(lambda:ET.XMLParser(target=5).feed("<a/>")); t(lambda:ET.XMLParser(encoding=5)); t(lambda:ET.XMLParser(foo=5)); t(lambda:ET.XMLParser(encoding="foo").feed(b"<a/>")); t(lambda:setattr(ET.XMLParser(),"entity",5)); t(lambda:ET.XMLParser().feed(5)); t(lambda:ET.XMLParser().feed())
class T:
    def start(s,*a): print("start",a)
    def end(s,*a): print("end",a)
    def data(s,*a): print("data",a)
    def comment(s,*a): print("comment",a)
    def pi(s,*a): print("pi",a)
    def start_ns(s,*a): print("start_ns",a)
    def end_ns(s,*a): print("end_ns",a)
    def doctype(s,*a): print("doctype",a)
    def close(s): print("close"); return 55
p=ET.XMLParser(target=T()); p.feed("<?xml version='1.0'?><!DOCTYPE a PUBLIC 'pub' 'sys'><a xmlns='u' xmlns:p='v' p:x='1' y='2'>t&amp;&#65;<p:b/><!--c--><?pi?><?pi d?></a>"); print(p.close())
p=ET.XMLParser(target=T()); p.feed("<!DOCTYPE a><a/>"); 
class T2: pass
p=ET.XMLParser(target=T2()); p.feed("<a>x<b/></a>"); print(p.close())
for ev in (None,("start","end","start-ns","end-ns","comment","pi"),["start"],5,["foo"],[5]):
    try:
        p=ET.XMLPullParser(ev) if ev is not None else ET.XMLPullParser(); p.feed("<a xmlns:p='v'><b>t</b><!--c--><?pi d?></a>"); print([(k,getattr(v,'tag',v)) for k,v in p.read_events()]); p.close()
    except Exception as ex: print(repr(ex))
t(lambda:ET.XMLParser()._setevents(5)); t(lambda:ET.XMLParser(target=T())._setevents([],None)); t(lambda:ET.XMLParser()._setevents([],"start"))
b=ET.TreeBuilder(); t(lambda:b.end("a")); t(lambda:b.close()); t(lambda:b.start("a")); t(lambda:b.start("a",5)); b.data("pre"); b.start("a",{}); b.data("x"); b.data("y"); b.start("b",{"q":"r"}); b.end("b"); b.data("tail"); b.end("zzz"); print(ET.tostring(b.close())); t(lambda:b.start("c",{})); 
b=ET.TreeBuilder(element_factory=lambda t,a:[t,a]); print(b.start("a",{})); t(lambda:b.start("b",{})); t(lambda:(b.data("x"),b.end("b"))); t(lambda:b.close()); t(lambda:ET.TreeBuilder(5,6)); t(lambda:ET.TreeBuilder(foo=6)); b=ET.TreeBuilder(); print(b.comment("hi"), b.pi("t"), b.pi("t","x")); t(lambda:b.data()); t(lambda:b.comment()); t(lambda:b.pi())
b=ET.TreeBuilder(insert_comments=True); b.comment("x"); b.start("a",{}); b.data("1"); b.comment("x"); b.data("2"); b.end("a"); b.comment("y"); print(ET.tostring(b.close()))
b=ET.TreeBuilder(); b.start("a",{}); b.data("1"); b.comment("x"); b.data("2"); b.end("a"); print(ET.tostring(b.close()))
b=ET.TreeBuilder(comment_factory=lambda x:x*2); print(b.comment("q"))
import _elementtree as C; print(sorted(n for n in dir(C) if n[:2]!="__"), C._set_factories.__doc__, C.__doc__); t(lambda:C._set_factories(5,None)); t(lambda:C._set_factories(None,5)); o=C._set_factories(None,None); print(o); b=ET.TreeBuilder(); print(b.comment("x"),b.pi("a"),b.pi("a","b")); print(C._set_factories(*o))
import warnings
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); print(bool(e), w[0].message, w[0].category)
class P(ET.XMLParser):
    def doctype(self,*a): print("DT",a)
with warnings.catch_warnings(record=True) as w:
    warnings.simplefilter("always"); p=P(); p.feed("<!DOCTYPE a SYSTEM 'x'><a/>"); print([str(x.message) for x in w])
class S(E): pass
s=S("q"); s.foo=5; print(s, repr(copy.copy(s))[:10], type(copy.copy(s)), type(copy.deepcopy(s)))
x=E("a"); x.append(x)
t(lambda:repr(x)[:9]); y=E("t"); y.tag=y; t(lambda:repr(y))
print(ET.iselement(e), E.append.__text_signature__, E.find.__text_signature__, E.__init__.__text_signature__, ET.XMLParser.feed.__doc__, ET.XMLParser.__doc__, ET.TreeBuilder.__doc__, ET.SubElement.__doc__)
import io
t(lambda:ET.tostring(ET.XMLParser()._parse_whole(io.BytesIO(b"<a>x</a>")))); t(lambda:ET.tostring(ET.XMLParser()._parse_whole(io.StringIO("<a>\xe9</a>")))); t(lambda:ET.XMLParser()._parse_whole(5)); t(lambda:ET.XMLParser().flush()); 
e=ET.XML("<a>é<b k='ü'>ñ</b></a>"); print(e.text, e[0].attrib, e[0].text); e=ET.XML("<a xmlns='urn:x' b='1' xmlns:z='zz'><z:q z:r='2'/></a>"); print(e.tag, e.attrib, e[0].tag, e[0].attrib); e=ET.XML("<?xml version='1.0' encoding='latin-1'?><a>\xe9</a>".encode("latin-1")); print(e.text); t(lambda:ET.XML(b"<?xml version='1.0' encoding='cp1252'?><a>\x80</a>").text); t(lambda:ET.XML(b"<?xml version='1.0' encoding='foo'?><a>\x80</a>").text); t(lambda:ET.XML(b"<?xml version='1.0' encoding='utf-16'?><a>\x80</a>").text); t(lambda:ET.XML(b"<?xml version='1.0' encoding='shift_jis'?><a>\x80</a>").text)
e=E("a"); e.clear(); print(e.attrib,e.text,len(e)); e[:]=[E("b"),E("c")]; e.clear(); print(len(e))
E.__init__(e,"zz",{"r":1}); print(e.tag,e.attrib)
e=E("a"); e.text="t"; e.append(E("b")); e.__init__("q"); print(e.tag,e.text,len(e))
