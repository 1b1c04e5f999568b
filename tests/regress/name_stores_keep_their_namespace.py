# Code run first in one namespace and then with separate locals stored its names in globals: the store had become one of globals for good.
code = compile('n += 1\nm = n', '<step>', 'exec')
for g in ({'n': 1}, {'n': 2}): exec(code, g)
here = {'n': 10}
for _ in range(3): exec(code, {'n': 0}, here)
print(here)
