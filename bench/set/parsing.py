# A hand-written lexer and recursive-descent parser of arithmetic.
# SPDX-License-Identifier: MIT
from _timing import report, size


class Lexer:
    def __init__(self, text):
        self.text, self.pos = text, 0

    def __iter__(self):
        text, pos, n = self.text, 0, len(self.text)
        while pos < n:
            c = text[pos]
            if c.isspace():
                pos += 1
            elif c.isdigit():
                start = pos
                while pos < n and text[pos].isdigit():
                    pos += 1
                yield ("num", int(text[start:pos]))
            else:
                yield ("op", c)
                pos += 1
        yield ("end", None)


class Parser:
    def __init__(self, tokens):
        self.tokens = iter(tokens)
        self.kind, self.value = next(self.tokens)

    def take(self):
        value = self.value
        self.kind, self.value = next(self.tokens, ("end", None))
        return value

    def expr(self):
        left = self.term()
        while self.kind == "op" and self.value in "+-":
            op = self.take()
            right = self.term()
            left = left + right if op == "+" else left - right
        return left

    def term(self):
        left = self.factor()
        while self.kind == "op" and self.value in "*/":
            op = self.take()
            right = self.factor()
            left = left * right if op == "*" else left // (right or 1)
        return left

    def factor(self):
        if self.kind == "num":
            return self.take()
        if self.value == "-":
            self.take()
            return -self.factor()
        if self.value != "(":
            raise SyntaxError(self.value)
        self.take()
        inner = self.expr()
        self.take()
        return inner


def run(n):
    total = 0
    for i in range(n):
        total += Parser(Lexer(f"({i} + 22 * (7 - {i % 7}) / 3) * -(2 + 12) - 1234567 / (1 + {i})")).expr()
    return total


report("parsing", run, size(10_000))
