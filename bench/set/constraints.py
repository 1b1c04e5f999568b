# An incremental solver of one-way constraints (in the manner of DeltaBlue).
# SPDX-License-Identifier: MIT
from _timing import report, size


class Variable:
    def __init__(self, name, value):
        self.name, self.value, self.constraints, self.determined_by, self.mark, self.stay = name, value, [], None, 0, True

    def add(self, c):
        self.constraints.append(c)


class Constraint:
    def __init__(self, strength):
        self.strength = strength

    def is_satisfied(self):
        raise NotImplementedError

    def satisfy(self, mark):
        out = self.output()
        previous = out.determined_by
        out.determined_by = self
        out.mark = mark
        return previous


class Equal(Constraint):
    def __init__(self, a, b, strength):
        super().__init__(strength)
        self.a, self.b, self.forward = a, b, True
        a.add(self)
        b.add(self)

    def output(self):
        return self.b if self.forward else self.a

    def input(self):
        return self.a if self.forward else self.b

    def is_satisfied(self):
        return self.output().determined_by is self

    def execute(self):
        self.output().value = self.input().value


class Scale(Equal):
    def __init__(self, a, b, strength, factor, offset):
        super().__init__(a, b, strength)
        self.factor, self.offset = factor, offset

    def execute(self):
        if self.forward:
            self.b.value = self.a.value * self.factor + self.offset
        else:
            self.a.value = (self.b.value - self.offset) // self.factor


class Planner:
    def __init__(self):
        self.mark = 0

    def plan(self, source):
        self.mark += 1
        todo, plan = [source], []
        while todo:
            v = todo.pop()
            if v.mark == self.mark:
                continue
            v.mark = self.mark
            for c in v.constraints:
                if c.input() is v and not c.output().mark == self.mark:
                    c.satisfy(self.mark - 1)
                    if c.is_satisfied():
                        plan.append(c)
                        todo.append(c.output())
        return plan


def run(n):
    planner = Planner()
    chain = [Variable(f"v{i}", i) for i in range(51)]
    for a, b in zip(chain, chain[1:]):
        if chain.index(a) % 2:
            Equal(a, b, 1)
        else:
            Scale(a, b, 1, 2, 1)
    total = 0
    for i in range(n):
        chain[0].value = i & 7
        for c in planner.plan(chain[0]):
            c.execute()
        total += chain[-1].value
    return total


report("constraints", run, size(3000))
