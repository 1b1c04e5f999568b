# Work of the main thread before (.one) and after (.two) a second thread was started that only waits.
# SPDX-License-Identifier: MIT
import threading

from _timing import report, size


class Node:
    def __init__(self, value):
        self.value = value


def work(n):
    nodes, table = [], {}
    for i in range(n):
        nodes.append(Node(i))
        table[i & 1023] = nodes[-1].value
        if len(nodes) == 1000:
            nodes.clear()
    return sum(table.values())


n = size(1_500_000)
work(n // 10)
report("main_beside_idle_thread.one", work, n)
stop = threading.Event()
thread = threading.Thread(target=stop.wait)
thread.start()
work(n // 10)
report("main_beside_idle_thread.two", work, n)
stop.set()
thread.join()
