# tokenize: what the end of the source in the middle of something gives.
import tokenize
for src in (['a = (1,\n',' 2\n'],['x\n','foo(\n','\n','\n'],['{[(\n','a\n'],['(\n'],['('],['def f():\n','  (\n'],['f"{a\n'],['f"""{a\n'],[']\n'],['(]\n'],['if 1:\n','  x = [\n','y\n'], ['\\\n'], ['a \\\n'], ['a\\'], ['"abc\n'], ['x = $\n'], ['é\u20ac\n'],['0777\n'],['1_\n'],['f"{"\n']):
    print(ascii(src))
    try:
        for t in tokenize.generate_tokens(iter(src).__next__): print(' ',tuple(t))
    except Exception as e: print(type(e).__name__, e.args)
