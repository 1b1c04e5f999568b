# A program from the literature about the lock: a CPU-bound function; as published.
# SPDX-License-Identifier: MIT
# slow
# time: 900

import time
import os
import threading

# nums = [50, 63, 32]
nums = [30] * 100

def cpu_bound_func(num):
    print(f"{os.getpid()} process | {threading.get_ident()} thread")
    numbers = range(1, num)
    total = 1
    # CPU bound 함수
    for i in numbers:
        for j in numbers:
            for k in numbers:
                total *= i * j * k
    return total


# The published text ends here; what follows checks the result.
from math import factorial
assert cpu_bound_func(30) == factorial(29) ** (3 * 29 ** 2)
