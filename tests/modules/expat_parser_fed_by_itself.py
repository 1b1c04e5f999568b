# A handler that feeds its own parser gets an error; the parser of an external entity is another.
import io
from xml.parsers import expat
def run(what):
    p = expat.ParserCreate()
    seen = []
    def start(name, attributes):
        seen.append(name)
        if what == 'Parse': p.Parse(b'<x>', False)
        elif what == 'ParseFile': p.ParseFile(io.BytesIO(b'<y/>'))
        elif what == 'caught':
            try: p.Parse(b'', True)
            except RuntimeError as e: seen.append(str(e))
        elif len(seen) < 3: p.ExternalEntityParserCreate('').Parse(b'<z/>', True)
    p.StartElementHandler = start
    try: p.Parse(b'<a><b/></a>', True)
    except Exception as e: seen.append(f'{type(e).__name__}: {e}')
    print(what, seen)
for what in ('Parse', 'ParseFile', 'caught', 'other'): run(what)
# expect: Parse ['a', 'RuntimeError: a parser cannot be fed by its own handlers']
# expect: ParseFile ['a', 'RuntimeError: a parser cannot be fed by its own handlers']
# expect: caught ['a', 'a parser cannot be fed by its own handlers', 'b', 'a parser cannot be fed by its own handlers']
# expect: other ['a', 'z', 'z', 'b']
