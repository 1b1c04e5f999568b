# hypothesis: properties checked on made-up examples.
# SPDX-License-Identifier: MIT
from hypothesis import given, settings, strategies as st


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(st.lists(st.integers()), st.text(), st.dictionaries(st.text(), st.floats(allow_nan=False)))
def right(a, b, c):
    assert sorted(sorted(a)) == sorted(a) and b.encode().decode() == b and dict(c) == c


@settings(max_examples=150, deadline=None, database=None, derandomize=True, report_multiple_bugs=False)
@given(st.lists(st.integers(0, 1000)))
def wrong(a):
    assert sum(a) < 700, a


right()
try:
    wrong()
except AssertionError as e:
    print(e)  # the smallest example
