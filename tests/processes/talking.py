# Two processes and everything they may talk through: queues, pipes, locks, conditions, events, barriers, managers, shared memory.
# time: 60
import multiprocessing as mp
from multiprocessing import shared_memory


def child(queue, lock, condition, event, barrier, semaphore, connection, jobs, value, array, name):
    with lock:
        queue.put('locked')
    with condition:
        condition.notify_all()
    event.wait()
    barrier.wait()
    semaphore.acquire()
    connection.send({'a': [1, 2]})
    queue.put(connection.recv())
    connection.close()
    while (x := jobs.get()) is not None:
        queue.put(x * 2)
        jobs.task_done()
    jobs.task_done()
    with value.get_lock():
        value.value += 7
    array[1] = 2.5
    block = shared_memory.SharedMemory(name)
    block.buf[:5] = b'hello'
    block.close()


def add(shared, items, lock, n):
    for _ in range(10):
        with lock:
            shared['n'] += n
    items.append(n)


if __name__ == '__main__':
    for method in ('fork', 'spawn', 'forkserver'):
        c = mp.get_context(method)
        queue, lock, condition, event, barrier, semaphore, jobs = c.Queue(), c.Lock(), c.Condition(), c.Event(), c.Barrier(2), c.BoundedSemaphore(1), c.JoinableQueue()
        value, array = c.Value('i', 1), c.Array('d', 3)
        block = shared_memory.SharedMemory(create=True, size=16)
        here, there = c.Pipe()
        with condition:
            p = c.Process(target=child, args=(queue, lock, condition, event, barrier, semaphore, there, jobs, value, array, block.name))
            p.start()
            there.close()
            print(method, condition.wait(20))
        print(queue.get())
        event.set()
        barrier.wait()
        print(here.recv())
        here.send('hello')
        print(queue.get())
        for i in range(3):
            jobs.put(i)
        jobs.put(None)
        jobs.join()
        print([queue.get() for _ in range(3)])
        try:
            here.recv()
        except EOFError:
            print('end of file')
        p.join()
        print(p.exitcode, semaphore.get_value(), value.value, list(array), bytes(block.buf[:5]))
        block.close()
        block.unlink()
        with c.Manager() as manager:
            shared, items, guard = manager.dict(n=0), manager.list(), manager.Lock()
            workers = [c.Process(target=add, args=(shared, items, guard, n)) for n in (1, 2)]
            for w in workers:
                w.start()
            for w in workers:
                w.join()
            print(dict(shared), sorted(items), str(manager.Namespace(x=1)))
            try:
                shared['nothing']
            except KeyError as e:
                print(repr(e))
