# A program from the literature about the lock: four threads of pure computing; at a reduced size.
# SPDX-License-Identifier: MIT

from threading import Thread

def cpu_task():
    for _ in range(10**5):
        pass

threads = [Thread(target=cpu_task) for _ in range(4)]
for t in threads: t.start()
for t in threads: t.join()


# The published text ends here; what follows checks the result.
assert len(threads) == 4 and not any(t.is_alive() for t in threads)
