# The functions of queue and threading for which there are native bodies are recognised.
import queue
import sys
import threading

queue.Queue()
threading.BoundedSemaphore()
functions = [threading.Condition.__enter__, threading.Condition.__exit__, threading.Condition.notify, threading.Condition.notify_all, queue.Queue.put,
             queue.Queue.get, queue.Queue.task_done, threading.Event.set, threading.Event.clear, threading.Event.wait, threading.Semaphore.acquire,
             threading.Semaphore.release, threading.BoundedSemaphore.release]
print([f.__qualname__ for f in functions if "native body" not in sys._imugi.disassemble(f.__code__)])  # expect: []
print("native body" in sys._imugi.disassemble(queue.Queue.join.__code__))  # expect: False
