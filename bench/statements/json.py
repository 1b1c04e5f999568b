"""JSON: small and longer texts, hooks."""
# SPDX-License-Identifier: MIT
import json


class Strange:
    pass


def one(x):
    return 1


def same(x):
    return x


small = {'a': 1, 'b': [1, 2, 3], 'c': 'text'}
small_text = json.dumps(small)
nested = {'a': [1] * 20, 'b': {'c': 'd'}}
wide = {str(i): i for i in range(20)}
floats = [i * 0.37 for i in range(50)]
floats_text = json.dumps(floats)
accents = ['\u00e9t\u00e9 \u4e2d'] * 20
accents_text = json.dumps(accents)
strange = [Strange() for i in range(10)]
objects_text = json.dumps([{'a': 1}] * 10)


def statements():
    json.dumps(small)
    json.loads(small_text)
    json.dumps(nested, indent=2)
    json.dumps(wide, sort_keys=True)
    json.dumps(floats)
    json.loads(floats_text)
    json.dumps(accents)
    json.dumps(accents, ensure_ascii=False)
    json.loads(accents_text)
    json.dumps(strange, default=one)
    json.loads(objects_text, object_hook=same)
    json.loads(objects_text, object_pairs_hook=same)
