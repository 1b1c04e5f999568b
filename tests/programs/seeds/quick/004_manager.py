# A program from the literature about the lock: a Manager dict that five processes increment; at a reduced size.
# SPDX-License-Identifier: MIT
# expect-match: [1-5]

from multiprocessing import Process, Manager

def update(shared_dict):
    shared_dict['count'] += 1

if __name__ == '__main__':
    with Manager() as manager:
        d = manager.dict({'count': 0})
        processes = [Process(target=update, args=(d,)) for _ in range(5)]
        for p in processes: p.start()
        for p in processes: p.join()
        print(d['count'])  # 5 예상
