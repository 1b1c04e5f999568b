# Pool and ProcessPoolExecutor: results, exceptions from a worker, a worker that is killed.
# time: 60
import concurrent.futures as cf
import multiprocessing as mp
import os
import signal
import time


def die(): os.kill(os.getpid(), signal.SIGKILL)
def bad(x): raise KeyError(x)
def slow(x): time.sleep(0.02); return x
def die_at_two(x):
    if x == 2:
        die()
    return x


if __name__ == '__main__':
    for method in ('fork', 'spawn', 'forkserver'):
        context = mp.get_context(method)
        with context.Pool(2) as pool:
            print(pool.map(abs, range(-5, 0)), pool.apply(abs, (-3,)), list(pool.imap(abs, [-1, -2])), sorted(pool.imap_unordered(abs, [-1, -2])), pool.starmap(pow, [(2, 3)]))
            try:
                pool.map(bad, [1])
            except KeyError as e:
                print(repr(e), type(e.__cause__).__name__)
            lost = pool.map_async(die_at_two, [1, 2, 3], 1)
            try:
                print(lost.get(timeout=0.5))
            except mp.TimeoutError:
                print('timeout')
            print(pool.map(slow, range(4)))
        with cf.ProcessPoolExecutor(2, mp_context=context) as executor:
            try:
                executor.submit(bad, 3).result()
            except KeyError as e:
                print(method, repr(e), type(e.__cause__).__name__)
            print(list(executor.map(slow, range(5))))
            for f in (executor.submit(die),):
                try:
                    f.result()
                except Exception as e:
                    print(type(e).__name__, e)
            try:
                executor.submit(slow, 1).result()
            except Exception as e:
                print(type(e).__name__)
