# pytest runs a small project.
# SPDX-License-Identifier: MIT
import os, pathlib, re, subprocess, sys, tempfile

project = pathlib.Path(tempfile.mkdtemp())
(project / "lib.py").write_text("""
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
class Account:
    def __init__(self, balance=0): self.balance = balance
    def withdraw(self, n):
        if n > self.balance: raise ValueError(f"only {self.balance} left")
        self.balance -= n
""")
(project / "conftest.py").write_text("""
import pytest
from lib import Account
@pytest.fixture
def account():
    a = Account(10)
    yield a
    assert a.balance >= 0
@pytest.fixture(scope="module", params=["x", "y"])
def letter(request): return request.param
""")
(project / "test_lib.py").write_text('''
import pytest, sys, warnings
from lib import fib, Account
@pytest.mark.parametrize("n, want", [(0, 0), (1, 1), (10, 55), pytest.param(3, 3, marks=pytest.mark.xfail)])
def test_fib(n, want): assert fib(n) == want
def test_withdraw(account):
    account.withdraw(4)
    assert account.balance == 6
def test_raises(account):
    with pytest.raises(ValueError, match="only 10"): account.withdraw(11)
def test_letter(letter): assert letter in "xy"
def test_output(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("A", "1")
    (tmp_path / "f").write_text("data")
    print((tmp_path / "f").read_text())
    assert capsys.readouterr().out == "data\\n"
def test_approx(): assert 0.1 + 0.2 == pytest.approx(0.3)
@pytest.mark.skipif(sys.platform == "linux", reason="not on Linux")
def test_skipped(): pass
def test_warning():
    with pytest.warns(UserWarning): warnings.warn("careful")
class TestClass:
    def setup_method(self): self.v = [1, 2, 3]
    def test_fails(self):
        other = [1, 2, 4]
        assert self.v == other, "lists"
    def test_text(self):
        a = "one\\ntwo"
        assert a == "one\\nthree"
def test_dict(): assert {"a": 1, "b": 2} == {"a": 1, "b": 3}
def test_in(): assert 5 in [x * 2 for x in range(3)]
''')
(project / "test_unit.py").write_text("""
import unittest
class T(unittest.TestCase):
    def setUp(self): self.x = 1
    def test_one(self): self.assertEqual(self.x, 1)
    @unittest.expectedFailure
    def test_two(self): self.assertEqual(self.x, 2)
""")
env = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
r = subprocess.run([sys.executable, "-m", "pytest", "-ra", "-p", "no:cacheprovider", "--color=no", "--tb=short"], cwd=project, env=env, capture_output=True, text=True)
text = re.sub(r"in [0-9.]+s", "in TIME", r.stdout)
text = re.sub(r"platform .*|rootdir: .*|plugins: .*", "...", text)
print(text, r.stderr, r.returncode, sep="\n")
r = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", "-k", "fib and not xfail", "--collect-only"], cwd=project, env=env, capture_output=True, text=True)
print(re.sub(r"in [0-9.]+s", "in TIME", r.stdout))
