"""Pickles, written and read."""
# SPDX-License-Identifier: MIT
import datetime
import enum
import pickle


class Point:
    def __init__(self):
        self.x = 1
        self.y = 2


class Kind(enum.Enum):
    ONE = 1


ints = list(range(100))
texts = {str(i): str(i) for i in range(50)}
points = [Point() for i in range(20)]
floats = [i * .1 for i in range(100)]
numbers = set(range(100))
days = [datetime.datetime(2020, 1, i + 1) for i in range(20)]
kinds = [Kind.ONE] * 20
again = ['abc'] * 100
ints_pickle, texts_pickle, points_pickle, floats_pickle = map(pickle.dumps, (ints, texts, points, floats))
numbers_pickle, days_pickle, kinds_pickle, old_pickle = pickle.dumps(numbers), pickle.dumps(days), pickle.dumps(kinds), pickle.dumps(ints, 0)


def statements():
    pickle.dumps(ints)
    pickle.loads(ints_pickle)
    pickle.dumps(ints, 0)
    pickle.loads(old_pickle)
    pickle.dumps(texts)
    pickle.loads(texts_pickle)
    pickle.dumps(points)
    pickle.loads(points_pickle)
    pickle.dumps(floats)
    pickle.loads(floats_pickle)
    pickle.dumps(numbers)
    pickle.loads(numbers_pickle)
    pickle.dumps(days)
    pickle.loads(days_pickle)
    pickle.dumps(kinds)
    pickle.loads(kinds_pickle)
    pickle.dumps(again)
