# A program from the literature about the lock: a message from a child through a Queue; at a reduced size.
# SPDX-License-Identifier: MIT
# expect-match: Hello from child

from multiprocessing import Process, Queue

def worker(q):
    q.put("Hello from child")

if __name__ == '__main__':
    q = Queue()
    p = Process(target=worker, args=(q,))
    p.start(); p.join()
    print(q.get())  # Hello from child


# The published text ends here; what follows checks the result.
if __name__ == '__main__':
    assert p.exitcode == 0
