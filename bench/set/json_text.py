# JSON written and read.
# SPDX-License-Identifier: MIT
import json

from _timing import report, size


def run(n):
    data = [{"id": i, "name": f"item {i}", "tags": ["a", "b", "c\n"], "price": i * 1.25, "ok": i % 2 == 0, "none": None, "in": {"x": [i, i + 1]}} for i in range(n)]
    text = json.dumps(data)
    total = len(text) + len(json.loads(text))
    total += len(json.dumps(data[: n // 4], indent=2)) + len(json.dumps(data[: n // 4], sort_keys=True))
    for item in data[: n // 2]:
        total += len(json.loads(json.dumps(item)))
    return total


report("json_text", run, size(15_000))
