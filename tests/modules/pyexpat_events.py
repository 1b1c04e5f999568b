# pyexpat: events in order with their arguments, buffering, errors, exceptions in handlers, two threads at one parser.
import threading
from xml.parsers import expat
DOC = b'''<?xml version="1.0" encoding="iso-8859-1"?>
<!DOCTYPE q SYSTEM "q.dtd" [<!ELEMENT a (b|c)*><!ATTLIST a x CDATA #IMPLIED y (p|q) "p"><!ENTITY e "ent"><!NOTATION n PUBLIC "pub"><!ENTITY u SYSTEM "s" NDATA n>]>
<a x="1" xmlns:k="urn:k"><!-- c --><b>t\xe9xt &e; more</b><?pi data?><k:c><![CDATA[<raw>]]></k:c></a>'''
names = [n for n in dir(expat.ParserCreate()) if n.endswith('Handler') or n == 'DefaultHandlerExpand']
print(names)
def run(**attrs):
    ns = attrs.pop('ns', None)
    p = expat.ParserCreate(namespace_separator=ns)
    for k, v in attrs.items(): setattr(p, k, v)
    log = []
    for n in names:
        if 'Default' in n: continue
        setattr(p, n, lambda *a, n=n: (log.append((n[:-7], a)), 1)[1])
    p.Parse(DOC, True)
    for e in log: print('  ', ascii(e))
run(); print('--'); run(ns='|', ordered_attributes=True, specified_attributes=True, buffer_text=True, namespace_prefixes=True)
for bad in (b'<a>', b'<a></b>', b'', b'<a/><b/>', b'<a>&x;</a>', '<a é'):
    p = expat.ParserCreate()
    try: p.Parse(bad, True)
    except expat.ExpatError as e: print(e, e.code, e.lineno, e.offset, expat.ErrorString(e.code) == expat.errors.messages[e.code])
p = expat.ParserCreate()
def boom(*a): raise KeyError('boom')
p.StartElementHandler = boom
try: p.Parse(b'<a><b/></a>', True)
except KeyError as e: print('KeyError', e, p.StartElementHandler)
p = expat.ParserCreate(); seen = []
p.StartElementHandler = lambda n, a: seen.append(n)
p.Parse(b'<r>')
ts = [threading.Thread(target=lambda: [p.Parse(b'<x/>') for _ in range(500)]) for _ in range(4)]
[t.start() for t in ts]; [t.join() for t in ts]
p.Parse(b'</r>', True); print(len(seen), seen.count('x'))
