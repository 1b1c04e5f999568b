# A program from the literature about the lock: the function in one thread of one process; as published.
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
def main():
    results = [cpu_bound_func(num) for num in nums]
    return results


# The published text ends here; what follows runs it and checks the result.
if __name__ == "__main__":
    from math import factorial
    started = time.time()
    results = main()
    print(time.time() - started)
    assert results == [factorial(num - 1) ** (3 * (num - 1) ** 2) for num in nums]
