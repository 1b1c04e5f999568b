# A class that is its own __new__ calls itself without end: an error, and other threads (with their collections) are not held up meanwhile.
# SPDX-License-Identifier: MIT
# time: 60
import gc, threading, time
class Own: pass
Own.__new__ = Own
done = []
def makes():
    for _ in range(3):
        try: Own()
        except RecursionError: done.append(1)
t = threading.Thread(target=makes)
t.start()
longest = 0
while t.is_alive():
    t0 = time.perf_counter()
    gc.collect()
    longest = max(longest, time.perf_counter() - t0)
    time.sleep(0.02)  # collections without a pause would leave the other thread no time
t.join()
print(len(done))  # expect: 3
print(longest < 5)  # expect: True
