# A program from the literature about the lock: a Value that two processes increment; as published.
# SPDX-License-Identifier: MIT
# expect-match: [0-9]{1,4}
# slow
# time: 900

from multiprocessing import Process, Value

def increment(shared_val):
    for _ in range(1000):
        shared_val.value += 1

if __name__ == '__main__':
    val = Value('i', 0)  # 'i'는 int 타입
    p1 = Process(target=increment, args=(val,))
    p2 = Process(target=increment, args=(val,))
    p1.start(); p2.start()
    p1.join(); p2.join()
    print(val.value)  # 2000 예상


# The published text ends here; what follows checks the result: without a lock some additions may be lost.
if __name__ == '__main__':
    assert (p1.exitcode, p2.exitcode) == (0, 0) and 2 <= val.value <= 2000
