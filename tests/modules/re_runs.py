"""Patterns that are one run of characters of a kind, alone, in groups and before the end of an assertion:
searched without the matching machine, and without ways back that lead nowhere."""
# SPDX-License-Identifier: MIT
import re
import zlib

KINDS = ["a", "[ab]", "[^a]", r"\d", r"\s", r"\W", ".", "[a-é]", "é", "日", "[^日]", "-"]
COUNTS = ["*", "+", "?", "{0}", "{2}", "{1,3}", "{2,}", "*?", "+?", "{2,3}?", "*+", "++", "?+", "{1,2}+"]
AROUND = ["%s", "(%s)", "(?=%s)", "(?<!x)%s", "(?>%s)", "(?:%s)b", "(?P<one>(%s))", "(?=(%s))a?", "(?!%s).", "%s$", "(?:%s|-)"]
TEXTS = ["", "a", "aaab", "ab12  \n-- b", "xaaé ééb\n", "日本 a日日aa b", "AaBb-É1", "a" * 40 + "b"]

for around in AROUND:
    seen = []
    for kind in KINDS:
        for count in COUNTS:
            for flags in 0, re.I, re.S, re.A:
                pattern = re.compile(around % (kind + count), flags)
                for text in TEXTS:
                    first = pattern.search(text, 1)
                    whole = pattern.fullmatch(text)
                    seen.append((first and (first.regs, first.lastindex), whole and whole.regs, pattern.split(text),
                                 [m.span() for m in pattern.finditer(text, 0, 9)], pattern.sub(r"<\g<0>>", text, 5)))
                if kind.isascii() and not flags & re.A:
                    raw = re.compile((around % (kind + count)).encode(), flags | re.L if flags & re.I else flags)
                    seen.append([m.span() for m in raw.finditer(b"ab12  \n-- AABb\xe9")])
    print(around, len(seen), zlib.crc32(repr(seen).encode()))
