# pycodestyle over parts of the library.
# SPDX-License-Identifier: MIT
import os, pycodestyle

os.chdir("build/stdlib/lib/python3.13")
style = pycodestyle.StyleGuide(quiet=2, max_line_length=100)
style.init_report(pycodestyle.BaseReport)
report = style.check_files(["json", "asyncio", "email", "concurrent", "unittest/mock.py", "typing.py", "argparse.py", "dataclasses.py"])
for code in sorted(report.counters):
    print(code, report.counters[code])
