"""Regular expressions."""
# SPDX-License-Identifier: MIT
import re

p = re.compile('(\\w+)\\s(\\d+)')
m = p.match('abc 123')
tx = 'the quick brown fox 12 jumps over 34 lazy dogs ' * 5
w = re.compile('\\w+')
d = re.compile('\\d+')
al = re.compile('fox|dogs|cat')


def statements():
    p.match('abc 123')
    m.group(1)
    m.groups()
    m.group()
    m[1]
    m.span()
    m.start()
    w.findall(tx)
    d.search(tx)
    al.findall(tx)
    w.sub('x', tx)
    w.sub(lambda m: 'x', tx)
    w.split(tx)
    list(w.finditer(tx))
    re.match('a', 'a')
    re.compile('abc')
    re.sub('a', 'b', 'banana')
    d.fullmatch('123')
    re.escape('a.b')
    m.groupdict()
