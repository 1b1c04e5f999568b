# Times one part of an example and prints it as a row: what, seconds, right or wrong.
# SPDX-License-Identifier: MIT
import time


def row(what, function, expected, may_lose=False):
    """Run function(); a result below `expected` counts as lost updates where that is the lesson."""
    started = time.perf_counter()
    result = function()
    seconds = time.perf_counter() - started
    if result == expected:
        verdict = "right"
    elif may_lose:
        verdict = f"wrong, {expected - result} of {expected} lost"
    else:
        verdict = "wrong"
    print(f"{what:<36} {seconds:8.3f} s  {verdict}", flush=True)
    return seconds
