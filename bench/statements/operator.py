"""Operators as functions, getters."""
# SPDX-License-Identifier: MIT
import operator


class A:
    pass


a = A()
a.x = 1
a.y = a
d = {'k': 1}
L = [1, 2, 3]
ig = operator.itemgetter(1)
ig2 = operator.itemgetter(0, 2)
ag = operator.attrgetter('x')
ag2 = operator.attrgetter('x', 'y')
ag3 = operator.attrgetter('y.y.x')
mc = operator.methodcaller('count', 1)


def statements():
    ig(L)
    ig2(L)
    ag(a)
    ag2(a)
    ag3(a)
    mc(L)
    operator.add(1, 2)
    operator.itemgetter(1)
    operator.attrgetter('x')
    operator.contains(L, 2)
    operator.eq(1, 2)
    operator.index(3)
    operator.length_hint(L)
    operator.countOf(L, 1)
    operator.getitem(L, 1)
    operator.is_(1, 2)
    operator.concat(L, L)
