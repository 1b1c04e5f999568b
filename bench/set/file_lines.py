# Text files: written line by line, read line by line, words counted.
# SPDX-License-Identifier: MIT
import os
import tempfile

from _timing import report, size


def run(n):
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lines.txt")
        with open(path, "w", encoding="utf-8") as f:
            for i in range(n):
                f.write(f"line {i} of the file\n")
        with open(path, encoding="utf-8") as f:
            for line in f:
                total += len(line.split())
        with open(path, encoding="utf-8") as f:
            total += len(f.read())
        with open(path, "rb") as f:
            for line in f:
                total += line.startswith(b"line")
        with open(path, encoding="utf-8") as f:
            total += sum(len(line.rstrip("\n")) for line in f.readlines())
    return total


report("file_lines", run, size(200_000))
