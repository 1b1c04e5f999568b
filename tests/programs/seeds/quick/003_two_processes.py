# A program from the literature about the lock: a sum by two processes and a Queue; at a reduced size.
# SPDX-License-Identifier: MIT
# expect-match: Result: 19999900000

from multiprocessing import Process, Queue

def work(id, start, end, result):
    total = 0
    for i in range(start, end):
        total += i
    result.put(total)
    return

if __name__ == "__main__":
    START, END = 0, 200000
    result = Queue()
    th1 = Process(target=work, args=(1, START, END//2, result))
    th2 = Process(target=work, args=(2, END//2, END, result))
    
    th1.start()
    th2.start()
    th1.join()
    th2.join()

    result.put('STOP')
    total = 0
    while True:
        tmp = result.get()
        if tmp == 'STOP':
            break
        else:
            total += tmp
    print(f"Result: {total}")


# The published text ends here; what follows checks the result.
if __name__ == "__main__":
    assert total == sum(range(START, END))
