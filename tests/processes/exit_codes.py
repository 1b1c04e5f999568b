# How a child ends, as its parent sees it: exceptions, exits and signals, for every start method.
# time: 60
import multiprocessing as mp
import os
import sys


def raises(): raise ValueError('boom')
def exits(): sys.exit(3)
def exits_at_once(): os._exit(4)
def killed(): os.kill(os.getpid(), 9)
def exits_with_text(): sys.exit('text')
def leaves(): raise SystemExit
def interrupted(): raise KeyboardInterrupt
def returns(): return 5


if __name__ == '__main__':
    for method in ('fork', 'spawn', 'forkserver'):
        context = mp.get_context(method)
        children = [context.Process(target=f, name=f.__name__) for f in (raises, exits, exits_at_once, killed, exits_with_text, leaves, interrupted, returns)]
        for child in children:
            child.start()
        for child in children:
            child.join()
            print(method, child.name, child.exitcode, flush=True)
            child.close()
