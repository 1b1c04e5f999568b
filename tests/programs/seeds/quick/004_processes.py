# A program from the literature about the lock: four processes of pure computing; at a reduced size.
# SPDX-License-Identifier: MIT

from multiprocessing import Process

def cpu_task():
    for _ in range(10**5):
        pass

processes = [Process(target=cpu_task) for _ in range(4)]
for p in processes: p.start()
for p in processes: p.join()


# The published text ends here; what follows checks the result.
if __name__ == '__main__':
    assert [p.exitcode for p in processes] == [0, 0, 0, 0]
