"""Base classes of io can be pickled and copied, and attributes of a BufferedRWPair do not lie in its own fields (they once overwrote its writer)."""
import io
import io, copy, pickle, _io
class P(io.IOBase):
    def __init__(s): s.x=[1]
class R(io.RawIOBase): pass
class B(io.BufferedIOBase): pass
class T(io.TextIOBase): pass
class FR(io.FileIO): pass
class BR(io.BufferedReader): pass
class SI(io.StringIO): pass
class TW(io.TextIOWrapper): pass
for v in (P(),R(),B(),T(),io.IOBase(),_io._IOBase(),_io._RawIOBase(),io.StringIO("ab"),io.BytesIO(b"c"),SI("x"),io.BufferedReader(io.BytesIO(b"c")),io.TextIOWrapper(io.BytesIO(b'x')),TW(io.BytesIO(b'x')),BR(io.BytesIO(b'')),io.open('/dev/null','rb',0),io.BufferedRandom(io.BytesIO()),io.BufferedRWPair(io.BytesIO(),io.BytesIO()),io.IncrementalNewlineDecoder(None,True)):
    for f in (copy.copy,copy.deepcopy,lambda v: pickle.dumps(v,2) and 'ok', lambda v: pickle.dumps(v,0) and 'ok0'):
        try: r=f(v); print(type(v).__name__, r if isinstance(r,str) else (type(r).__name__, getattr(r,'x',None)))
        except Exception as e: print(type(v).__name__, type(e).__name__, str(e)[:80])
p=io.BufferedRWPair(io.BytesIO(b"abc"),io.BytesIO())
try:
    p._finalizing=True
    print(p.__dict__)
except Exception as e: print(repr(e))
try: print(p.close())
except Exception as e: print(repr(e))
for c in (io.BufferedReader,io.BufferedWriter,io.BufferedRandom):
    b=c(io.BytesIO(b'abc'))
    b.x=1
    print(b.raw.closed)
