# Messages through a Pipe to an echoing process and back, and the same through two queues to a thread.
# SPDX-License-Identifier: MIT
import queue
import threading
from multiprocessing import Pipe, Process

from _row import row

MESSAGES = [{"number": i, "text": "x" * (i % 50), "list": list(range(i % 7))} for i in range(2000)]


def echo(end):
    while (message := end.recv()) is not None:
        end.send(message)
    end.close()


def through_a_pipe():
    here, there = Pipe()
    child = Process(target=echo, args=(there,))
    child.start()
    there.close()
    answers = []
    for message in MESSAGES:
        here.send(message)
        answers.append(here.recv())
    here.send(None)
    child.join()
    return answers


def through_queues():
    asked, answered = queue.SimpleQueue(), queue.SimpleQueue()

    def echo_thread():
        while (message := asked.get()) is not None:
            answered.put(message)

    thread = threading.Thread(target=echo_thread)
    thread.start()
    answers = []
    for message in MESSAGES:
        asked.put(message)
        answers.append(answered.get())
    asked.put(None)
    thread.join()
    return answers


if __name__ == "__main__":
    row("copied, in sequence", lambda: [dict(m) for m in MESSAGES], MESSAGES)
    row("to a thread and back", through_queues, MESSAGES)
    row("to a process and back", through_a_pipe, MESSAGES)
