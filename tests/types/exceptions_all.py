# Every built-in exception: fields, texts, groups, chaining.
# SPDX-License-Identifier: MIT
def mask(s):
    head, *rest = s.split('0x')
    return head + ''.join('0x' + p.lstrip('0123456789abcdef') for p in rest)
def t(s, g=None):
    try:
        r = eval(s, g or globals())
        print(s, '->', mask(repr(r)))
    except BaseException as e:
        print(s, '!', type(e).__name__, mask(str(e)))
def x(s):
    try: exec(s, globals())
    except BaseException as e: print(s.replace('\n', ';'), '!', type(e).__name__, e)
# exceptions
for n in ['BaseException','Exception','TypeError','StopIteration','SystemExit','KeyError','NameError','AttributeError','ImportError','OSError','SyntaxError','UnicodeDecodeError','UnicodeEncodeError','UnicodeTranslateError','BaseExceptionGroup','ExceptionGroup','MemoryError','RecursionError','Warning','TimeoutError','ConnectionResetError','IndentationError','TabError','ModuleNotFoundError','UnboundLocalError','PythonFinalizationError','_IncompleteInputError','EncodingWarning']:
    T = getattr(__builtins__, n)
    print(n, T.__mro__, T.__doc__, T.__module__)
import sys
t('[n for n in dir(__builtins__) if isinstance(getattr(__builtins__, n), type) and issubclass(getattr(__builtins__, n), BaseException)]')
t('Exception(1,2)'); t('str(Exception())'); t('str(Exception(1))'); t('str(Exception(1,2))'); t('Exception(x=1)'); t('Exception().args'); 
e = Exception(1); x('e.args = [1,2]'); t('e.args'); x('e.args = 5'); x('del e.args'); x('e.__traceback__ = 5'); x('del e.__traceback__'); x('e.__cause__ = 5'); x('e.__context__ = 5'); x('del e.__cause__'); x('del e.__context__'); x('e.__cause__ = ValueError(1)'); t('e.__cause__'); t('e.__suppress_context__'); x('e.__suppress_context__ = 5'); x('e.__suppress_context__ = False'); t('e.__suppress_context__'); t('e.__reduce__()'); e.foo = 1; t('e.__reduce__()'); t('e.__dict__'); t('e.with_traceback(None) is e'); t('e.with_traceback(5)'); t('e.add_note("n")'); t('e.__notes__'); t('e.add_note(5)'); t('e.__setstate__({"bar": 4})'); t('e.bar'); t('e.__setstate__(5)')
t('repr(KeyError("a", "b"))'); t('str(KeyError())'); t('str(KeyError("a"))'); t('str(KeyError("a", 1))')
t('StopIteration().value'); t('StopIteration(1,2).value'); t('SystemExit().code'); t('SystemExit(1).code'); t('SystemExit(1,2).code')
for s in ['OSError()','OSError(1)','OSError(1,2)','OSError(2,"a","f")','OSError(2,"a","f",None,"g")','OSError(2,"a","f",5,"g")','OSError(2,"a","f",5,"g",6)','OSError("x")','OSError(2,"s").errno','OSError(2,"s").strerror','OSError(2,"s","f").filename','OSError(2,"s","f",0,"h").filename2','BlockingIOError(11,"x",7).characters_written','BlockingIOError(11,"x").characters_written','OSError(11,"x",7).characters_written','OSError(11,"x",7).filename','OSError(x=1)','FileNotFoundError(13,"x")','OSError(2,"a","f").__reduce__()','OSError(2,"a","f",None,"g").__reduce__()','str(OSError(2,"a",b"f"))','OSError(None,None,"f")','str(OSError(None,None,"f"))','str(OSError(2,"a","f",None,"g"))','OSError(104,"r")','OSError(110,"r")','OSError(4,"x")','OSError(1,"x")','OSError(20,"x")','OSError(21,"x")','OSError(3,"x")','OSError(10,"x")','OSError(32,"x")','OSError(103,"x")','OSError(111,"x")','OSError(17,"x")','OSError(2,"a","f").args']: t(s); t('type(%s)' % s)
class MyOS(OSError):
    def __init__(self, a, b, c=None): super().__init__(a, b); self.c = c
t('MyOS(2, "x", 5)'); t('MyOS(2,"x",5).errno'); t('MyOS(2,"x",5).c')
class MyOS2(OSError):
    def __new__(cls, *a): return super().__new__(cls, *a)
t('MyOS2(2,"x").errno')
for s in ['ImportError("m", name="n", path="p")','ImportError("m", name="n").path','ImportError(1,2).msg','ImportError("a").msg','str(ImportError("a","b"))','ImportError("m", foo=1)','ImportError("m", name="n").__reduce__()','ImportError(name="a").name_from','NameError("m", name="n").name','NameError(foo=1)','AttributeError("m", name="n", obj=5).obj','AttributeError("m").name','AttributeError("m", name="x").__reduce__()','AttributeError(foo=1)','AttributeError("m").__getstate__()','UnboundLocalError(name="a").name','ModuleNotFoundError("a", name="b").name']: t(s)
for s in ['SyntaxError()','SyntaxError("m")','SyntaxError("m", ("f", 1, 2, "t"))','str(SyntaxError("m", ("f", 1, 2, "t")))','str(SyntaxError("m", ("/a/b.py", 1, 2, "t")))','str(SyntaxError("m", (None, 1, 2, "t")))','SyntaxError("m", ("f", 1, 2, "t", 3, 4)).end_offset','SyntaxError("m", ("f", 1, 2, "t", 3))','SyntaxError("m", (1,2))','SyntaxError("m", 5)','SyntaxError("m", ("f",1,2,"t")).text','SyntaxError("m").msg','SyntaxError("m").lineno','SyntaxError("m",1,2,3).msg','SyntaxError("m").print_file_and_line','SyntaxError("m", ("f",1,2,3,4,5,6,7))']: t(s)
for s in ['UnicodeDecodeError("utf8", b"abc", 1, 2, "bad")','str(UnicodeDecodeError("utf8", b"abc", 1, 2, "bad"))','str(UnicodeDecodeError("utf8", b"abc", 1, 3, "bad"))','UnicodeDecodeError("utf8", "abc", 1, 2, "bad")','UnicodeDecodeError()','UnicodeEncodeError("a", "b\xff\u1234\U00012345", 1, 2, "r").object','str(UnicodeEncodeError("a", "b\xff\u1234\U00012345", 1, 2, "r"))','str(UnicodeEncodeError("a", "b\xff\u1234\U00012345", 2, 3, "r"))','str(UnicodeEncodeError("a", "b\xff\u1234\U00012345", 3, 4, "r"))','str(UnicodeEncodeError("a", "b\xff", 0, 2, "r"))','str(UnicodeTranslateError("b\xff", 1, 2, "r"))','UnicodeTranslateError("b\xff", 1, 2, "r").start','UnicodeEncodeError(1,2,3,4,5)','UnicodeEncodeError("a",b"b",3,4,"r")','UnicodeDecodeError("utf8", bytearray(b"abc"), 1, 2, "bad").object','UnicodeEncodeError.__new__(UnicodeEncodeError).start','str(UnicodeEncodeError.__new__(UnicodeEncodeError))','UnicodeDecodeError("a", b"x", 1.5, 2, "r")']: t(s)
u = UnicodeEncodeError("a", "bc", 0, 1, "r"); u.start = 5; t('u.start'); t('str(u)'); x('u.start = "a"'); x('del u.start'); x('del u.encoding'); t('u.encoding'); u.reason = 3; t('str(u)')
# groups
for s in ['ExceptionGroup("a", [])','ExceptionGroup("a", 5)','ExceptionGroup(5, [ValueError()])','ExceptionGroup("a", [5])','ExceptionGroup("a")','BaseExceptionGroup("a", [ValueError()])','BaseExceptionGroup("a", [KeyboardInterrupt()])','ExceptionGroup("a", [KeyboardInterrupt()])','str(ExceptionGroup("a", [ValueError(1)]))','str(ExceptionGroup("a", [ValueError(1)]*3))','ExceptionGroup("a", [ValueError(1)]).exceptions','ExceptionGroup("a", (ValueError(1),)).message','ExceptionGroup("a", (ValueError(1),))','ExceptionGroup("a", [ValueError(1), ExceptionGroup("b", [TypeError(2), OSError(3)])]).split(TypeError)','ExceptionGroup("a", [ValueError(1), ExceptionGroup("b", [TypeError(2), OSError(3)])]).subgroup((TypeError, ValueError))','ExceptionGroup("a", [ValueError(1)]).subgroup(lambda e: True)','ExceptionGroup("a", [ValueError(1)]).subgroup(5)','ExceptionGroup("a", [ValueError(1)]).subgroup(int)','ExceptionGroup("a", [ValueError(1)]).derive([TypeError()])','ExceptionGroup[int]','ExceptionGroup("a", [ValueError(1)]).split(OSError)']: t(s)
def star(exc, *handlers):
    try:
        try: raise exc
        except* ValueError as g: print('V', repr(g)); 
        except* (TypeError, OSError) as g: print('T', repr(g), g.__context__)
    except BaseException as e2: print('left', repr(e2))
star(ValueError(1)); star(ExceptionGroup('x', [ValueError(1), TypeError(2), KeyError(3)])); star(KeyError(1)); star(ExceptionGroup('x', [KeyError(3)]))
def star2():
    try:
        try: raise ExceptionGroup('x', [ValueError(1), TypeError(2), KeyError(3)])
        except* ValueError: raise
        except* TypeError as g: raise OSError(5) from g
    except BaseException as e: print(repr(e), e.exceptions[0].__cause__ if hasattr(e,'exceptions') else '')
star2()
try:
    try: raise ExceptionGroup('x', [ValueError(1)])
    except* ExceptionGroup: pass
except TypeError as e: print(e)
try:
    try: raise ValueError
    except* 5: pass
except TypeError as e: print(e)
class EG(ExceptionGroup):
    def derive(self, excs): return EG(self.message, excs)
g = EG('m', [ValueError(1), TypeError(2)]); g.add_note('note'); a, b = g.split(ValueError); t('a'); t('b'); t('a.__notes__')
# raise
for s in ['raise 5','raise int','raise ValueError from 5','raise ValueError(1) from None','raise ValueError from KeyError','raise','raise ValueError from KeyError(3)']: x(s)
class BadE(Exception):
    def __new__(cls, *a): return 5
x('raise BadE')
x('try: 1/0\nexcept 5: pass'); x('try: 1/0\nexcept (ValueError, 5): pass'); x('try: 1/0\nexcept int: pass')
def ctx():
    try: 1/0
    except Exception:
        try: {}['a']
        except Exception as e2: return e2
q = ctx(); t('q.__context__'); t('q.__cause__'); t('q.__context__.__context__')
try:
    try: raise ValueError(1)
    except ValueError as v:
        v2 = v
        raise v
except ValueError as z: t('z.__context__', {'z': z})
a1 = ValueError(1); a2 = ValueError(2); a3 = ValueError(3)
a1.__context__ = a2; a2.__context__ = a3
try:
    try: raise a1
    except ValueError: raise a3
except ValueError: pass
t('a3.__context__'); t('a2.__context__'); t('a1.__context__')
x('del foo_undefined'); t('undefined_name')
try: undefined_name
except NameError as n: t('n.name', {'n': n})
try: (5).foo
except AttributeError as n: t('n.name, n.obj', {'n': n})
def ul(): 
    print(zz); zz = 1
t('ul()')
t('sys.exc_info()')
