# Strings built piece by piece, joined, sliced, searched, replaced, split.
# SPDX-License-Identifier: MIT
from _timing import report, size


def build(n):
    s = ""
    for i in range(n):
        s += "ab"
    return s


def run(n):
    total = len(build(n))
    words = [str(i) for i in range(n)]
    text = " ".join(words)
    total += len(text.split())
    total += text.count("9") + text.find("777") + len(text.replace("1", "one"))
    for w in words:
        if w.startswith("1") or w.endswith("3"):
            total += len(w.upper().lower().strip())
        if "5" in w:
            total += ord(w[0]) + len(w[1:])
    for c in text:
        if c == " " or c.isdigit():
            total += 1
    return total


report("strings", run, size(200_000))
