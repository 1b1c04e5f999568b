import tokenize, io
src='''# c
def f(a, b="é"):
    x = f"{a!r:>{b}} z"
    if x:
        return (1 +
          2)

print(f(1))
'''
for t in tokenize.generate_tokens(io.StringIO(src).readline): print(tuple(t))
