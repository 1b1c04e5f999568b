# A class called with keywords that had become quick, then traced: the keyword's values were taken for positional arguments.
import sys

class Point:
    def __init__(self, x, *, y=0): self.x, self.y = x, y

def make(i):
    return Point(i, y=i + 1), int('12', base=8), str(i), dict(a=i)

for i in range(50): make(i)
sys.settrace(lambda *a: None)
p, n, s, d = make(3)
sys.settrace(None)
print(p.x, p.y, n, s, d)
