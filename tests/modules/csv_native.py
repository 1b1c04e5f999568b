# Dialects, readers and writers of _csv: messages and corner cases.
import _csv, csv
print(_csv.Dialect, _csv.Error.__module__, type(_csv.reader([])))
def e(f):
    try: print(f())
    except BaseException as x: print(type(x).__name__, x)
w=lambda **k: _csv.writer(open('/dev/null','w'),**k)
for k in [dict(delimiter=''),dict(delimiter=1),dict(delimiter=None),dict(delimiter='ab'),dict(delimiter='\n'),dict(delimiter=' ',skipinitialspace=True),dict(quotechar=''),dict(quotechar='ab'),dict(quotechar=None),dict(quotechar=None,quoting=0),dict(quotechar=1),dict(quotechar='\n'),dict(escapechar=''),dict(escapechar='\n'),dict(escapechar='ab'),dict(escapechar=1),dict(lineterminator=None),dict(lineterminator=1),dict(quoting=9),dict(quoting='a'),dict(quoting=-1),dict(quoting=None),dict(delimiter='x',quotechar='x'),dict(delimiter='x',escapechar='x'),dict(quotechar='x',escapechar='x'),dict(lineterminator='x',delimiter='x'),dict(lineterminator='x',quotechar='x'),dict(lineterminator='x',escapechar='x'),dict(quotechar=' ',skipinitialspace=True),dict(escapechar=' ',skipinitialspace=True),dict(foo=1),dict(dialect='nope'),dict(dialect=1), dict(delimiter=b',')]:
    print(k,end=' '); e(lambda: type(w(**k)))
e(lambda: _csv.writer(1)); e(lambda:_csv.writer()); e(lambda:_csv.reader()); e(lambda:_csv.reader(1)); e(lambda: list(_csv.reader([1]))); e(lambda: list(_csv.reader([b'a'])))
e(lambda: list(_csv.reader(['a"'],strict=True))); e(lambda: list(_csv.reader(['"a'],strict=True)));e(lambda: list(_csv.reader(['"a"b'],strict=True)));e(lambda: list(_csv.reader(['a\nb'])));e(lambda: list(_csv.reader(['a\\'],escapechar='\\')));e(lambda: list(_csv.reader(['a\\'],escapechar='\\',strict=True)))
e(lambda: list(_csv.reader(['x'*200000])));e(lambda: list(_csv.reader(['1,a'],quoting=2)));e(lambda: list(_csv.reader(['1,,"a","",'],quoting=5)));e(lambda: list(_csv.reader(['1,,"a","",'],quoting=4)))
e(lambda:_csv.field_size_limit('a'));e(lambda:_csv.field_size_limit());e(lambda:_csv.field_size_limit(1,2));e(lambda:_csv.register_dialect(1));e(lambda:_csv.register_dialect());e(lambda:_csv.get_dialect('x'));e(lambda:_csv.unregister_dialect('x'));e(lambda:_csv.list_dialects(1))
e(lambda: _csv.Dialect(1,2)); e(lambda:_csv.Dialect(delimiter=';').delimiter); e(lambda: setattr(_csv.Dialect(),'delimiter','a')); e(lambda: setattr(_csv.Dialect(),'strict',1));e(lambda: delattr(_csv.Dialect(),'quoting'))
import io
def wr(row,**k):
    s=io.StringIO(); w=_csv.writer(s,**k); n=w.writerow(row); return n, s.getvalue()
for row,k in [(['a',1,None,2.5,'a"b','x,y','l\nm',''],{}),([''],{}),([None],{}),([],{}),(['a"b'],dict(doublequote=False)),(['a"b'],dict(doublequote=False,escapechar='\\')),(['a,b'],dict(quoting=3)),(['a,b\\"'],dict(quoting=3,escapechar='\\')),([''],dict(quoting=3)),(['a',1,None,'',2.5],dict(quoting=2)),(['a',1,None,''],dict(quoting=4)),(['a',1,None,''],dict(quoting=5)),(['a',None],dict(quoting=1)),([' a',' '],dict(delimiter=' ',)),(['',' '],dict(delimiter=' ',skipinitialspace=False)),([' a',''],dict(skipinitialspace=True)),([None],dict(quoting=3)), (['a\\b"'],dict(escapechar='\\',quoting=0,quotechar=None)),(['a\\b"'],dict(escapechar='\\',quoting=3,quotechar=None)),(['a\r'],dict(lineterminator='!')),(['a!'],dict(lineterminator='!')),([''],dict(quoting=5)),([None],dict(quoting=5)),(['\\'],dict(escapechar='\\')),(['\\"'],dict(escapechar='\\',doublequote=False)),(['',''],dict(delimiter=' ',skipinitialspace=True)),(['a',''],dict(delimiter=' ',skipinitialspace=True)),(['',''],dict(delimiter=' ',skipinitialspace=True,quoting=3)),([None,''],dict(delimiter=' ',skipinitialspace=True,quoting=5)),([None,'a'],dict(delimiter=' ',skipinitialspace=True,quoting=4)),(['é','한','\U0001f600'],{}), ([True,1j,b'x'],dict(quoting=2))]:
    print(row,k,end=' '); e(lambda: wr(row,**k))
e(lambda: wr(1)); e(lambda:wr('abc'))
class B:
    def __str__(self): return 'b'
e(lambda:type(_csv.get_dialect('excel'))); e(lambda:_csv.register_dialect('q',dialect=3)); e(lambda:_csv.register_dialect('q',bad=3)); e(lambda:type(_csv.Dialect(delimiter=',',dialect=None))); e(lambda:type(_csv.Dialect(_csv.Dialect())) )
d=_csv.Dialect(); print(_csv.Dialect(d) is d, d.delimiter,d.doublequote,d.escapechar,repr(d.lineterminator),d.quotechar,d.quoting,d.skipinitialspace,d.strict)
r=_csv.reader(['a']); print(type(r.dialect), r.line_num)
e(lambda: r.__setattr__('line_num',3))
e(lambda: r.__setattr__('dialect',3))
e(lambda: list(_csv.reader(['a,b\r\nc'])))
e(lambda: list(_csv.reader(['a,"b\r\n','c"\r\n','','"x" ,y','  z', "a b"],skipinitialspace=True)))
e(lambda: list(_csv.reader(['a "b" c'],delimiter=' ',skipinitialspace=True)))
e(lambda: list(_csv.reader(['a\x00b'])))
e(lambda: list(_csv.reader(['a"b,"c""d",e""f,"g"h','\\,x,"\\""y'],escapechar='\\')))
e(lambda: list(_csv.reader(['1.5,"2",x'],quoting=2)))
e(lambda: list(_csv.reader(['1.5,,"",x,"None"','',','],quoting=4)))
e(lambda: list(_csv.reader(['1.5,,""','',','],quoting=5)))
e(lambda: list(_csv.reader(['a,"b"c'],quoting=3)))
print(_csv.__doc__ is None, _csv.reader.__doc__[:80], _csv.reader.__text_signature__)
def e(f):
    try: print(f())
    except BaseException as x: print(type(x).__name__, x)
for q in (2,4,5):
    for l in ([',1'],['\\1,2'],['\\a,2'],['1"2"'],['"1"2'],['1\\2'],[' 1, "2"'],[' '],['""'],['1,""'], ['"1'], ['"a"b,1']):
        for sk in (0,1):
            print(q,l,sk,end=' '); e(lambda: list(_csv.reader(l,quoting=q,escapechar='\\',skipinitialspace=sk)))
e(lambda: _csv.Dialect(*range(12)))
e(lambda: _csv.Dialect('excel',dialect=3))
e(lambda: _csv.reader([],'excel','b'))
e(lambda: _csv.Dialect(**{'x':1}))
e(lambda: list(_csv.reader(['a\\\n','b'],escapechar='\\')))
e(lambda: list(_csv.reader(['a\\\r\n','b'],escapechar='\\')))
e(lambda: list(_csv.reader(['"a\\\n','b"'],escapechar='\\')))
e(lambda: _csv.register_dialect('z', delimiter='ab'))
e(lambda: _csv.register_dialect('z', 'excel', 'u'))
e(lambda: _csv.get_dialect()); e(lambda: _csv.unregister_dialect())
for f in ('reader','writer','register_dialect','get_dialect','unregister_dialect','list_dialects','field_size_limit'): print(f, getattr(_csv,f).__text_signature__)
