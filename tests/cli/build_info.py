"""-VV, sys.version and platform tell the same release, date and compiler; fails when one of them is written out by hand."""
import platform
import re
import subprocess
import sys

out = subprocess.run([sys.executable, "-VV"], capture_output=True, text=True).stdout
assert out == f"Python {sys.version}\n", (out, sys.version)
assert re.fullmatch(r"3\.13\.\d+ \(imugi [\w.]+, \w{3} [ \d]\d \d{4}, \d\d:\d\d:\d\d\) \[(GCC|Clang) .*\]", sys.version), sys.version
assert platform.python_build()[0].startswith("imugi ")
assert platform.python_compiler() == re.search(r"\[(.*)\]", sys.version)[1].rstrip()
