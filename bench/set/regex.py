# Regular expressions: search, split, substitute, named groups.
# SPDX-License-Identifier: MIT
import re

from _timing import report, size

LINE = '%d.%d.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /path/to/page%d.html?x=%d HTTP/1.0" 200 2326'
PATTERN = re.compile(r'(?P<host>\S+) \S+ \S+ \[(?P<time>[^\]]+)\] "(?P<method>\w+) (?P<path>[^ "]+) [^"]*" (?P<status>\d{3}) (\d+|-)')


def run(n):
    total = 0
    text = "\n".join(LINE % (i & 255, i % 7, i, i) for i in range(n))
    for line in text.split("\n"):
        m = PATTERN.match(line)
        total += int(m["status"]) + len(m.group("path"))
    total += len(re.findall(r"page(\d+)\.html", text))
    total += len(re.sub(r"\d+", lambda m: str(int(m[0]) + 1), text))
    total += len(re.split(r"[\s,;\"]+", text))
    total += len(re.findall(r"[a-z]+(?:/[a-z]+)*", text, re.I))
    return total


report("regex", run, size(10_000))
