# The C library's locale.
import _locale
d=sorted(dir(_locale)); print(d)
for f in d:
    v=getattr(_locale,f)
    if callable(v) and f!='Error' and f[0]!='_': print(f, v.__text_signature__, repr(v.__doc__))
print(_locale.__doc__, _locale.Error)
def e(f):
    try: print(f())
    except BaseException as x: print(type(x).__name__, x)
e(lambda:_locale.setlocale(0,'nope')); e(lambda:_locale.setlocale(99,'C')); e(lambda:_locale.setlocale(99)); e(lambda:_locale.setlocale(0,'a\0b')); e(lambda:_locale.setlocale('x'));e(lambda:_locale.setlocale(0,1))
e(lambda:_locale.nl_langinfo(123456)); e(lambda:_locale.localeconv()); e(lambda:_locale.strcoll('a',1)); e(lambda:_locale.strxfrm('a\0b')); e(lambda:_locale.strcoll('a\0b','a'));e(lambda:_locale.getencoding())
e(lambda:_locale.textdomain(None)); e(lambda:_locale.textdomain('')); e(lambda:_locale.textdomain('abc')); e(lambda:_locale.bindtextdomain('','x'));e(lambda:_locale.bindtextdomain('abc','/tmp'));e(lambda:_locale.bindtextdomain('abc',None));e(lambda:_locale.gettext('x'));e(lambda:_locale.dgettext(None,'x'));e(lambda:_locale.dcgettext('a','x',_locale.LC_MESSAGES));e(lambda:_locale.bind_textdomain_codeset('abc',None));e(lambda:_locale.bind_textdomain_codeset('abc','UTF-8'))
e(lambda:_locale.strxfrm('hello')); e(lambda:_locale.strxfrm('é')); e(lambda:_locale.setlocale(6)); e(lambda:_locale.strcoll('a','b')); e(lambda: [_locale.nl_langinfo(getattr(_locale,k)) for k in d if k.isupper() and k[:3]!='LC_' and k!='CHAR_MAX'])
e(lambda:(_locale.setlocale(6,'C.UTF-8'),_locale.strxfrm('aé'),_locale.strcoll('é','f'), _locale.setlocale(6,'C')))
