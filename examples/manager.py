# A dict and a list that live in a Manager's process, filled by five others.
# SPDX-License-Identifier: MIT
from multiprocessing import Manager, Process

from _row import row

WORKERS, ITEMS = 5, 40


def fill(shared, lines, lock, worker):
    for i in range(ITEMS):
        with lock:
            shared["count"] += 1
        lines.append((worker, i))


def run():
    with Manager() as manager:
        shared, lines, lock = manager.dict(count=0), manager.list(), manager.Lock()
        workers = [Process(target=fill, args=(shared, lines, lock, w)) for w in range(WORKERS)]
        for w in workers:
            w.start()
        for w in workers:
            w.join()
        return shared["count"], len(set(lines))


def plain():
    shared, lines = {"count": 0}, []
    for w in range(WORKERS):
        for i in range(ITEMS):
            shared["count"] += 1
            lines.append((w, i))
    return shared["count"], len(set(lines))


if __name__ == "__main__":
    expected = (WORKERS * ITEMS, WORKERS * ITEMS)
    row("a dict and a list, in sequence", plain, expected)
    row(f"a Manager's, {WORKERS} processes", run, expected)
