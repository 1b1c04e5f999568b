"""Reading and writing of CSV."""
# SPDX-License-Identifier: MIT
import csv
import io

rows = [['a', 'b,c', 'd'], ['1', '2', '3']] * 10
txt = 'a,"b,c",d\n1,2,3\n' * 10
lines = txt.splitlines()


def statements():
    list(csv.reader(lines))
    csv.writer(io.StringIO()).writerows(rows)
    list(csv.DictReader(lines))
