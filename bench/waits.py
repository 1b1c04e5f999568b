# Threads that mostly wait: for each other, for sockets, pipes, files, sleep, executors and processes; per operation.
# SPDX-License-Identifier: MIT
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

from _timing import report, size


def together(count, function, *args):
    threads = [threading.Thread(target=function, args=args) for _ in range(count)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()


def start_and_join(n):
    for _ in range(n):
        t = threading.Thread(target=int)
        t.start()
        t.join()


def start_many(n):
    together(n, int)


def echo_socket(n):
    a, b = socket.socketpair()

    def echo():
        while data := b.recv(64):
            b.sendall(data)

    thread = threading.Thread(target=echo)
    thread.start()
    for _ in range(n):
        a.sendall(b"ping")
        a.recv(64)
    a.close()
    thread.join()
    b.close()


def tcp_server(n):
    """Four clients, each with a thread of the server to itself."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve(c):
        with c:
            while data := c.recv(4096):
                c.sendall(data)

    def accept():
        threads = []
        for _ in range(4):
            threads.append(threading.Thread(target=serve, args=(listener.accept()[0],)))
            threads[-1].start()
        for t in threads:
            t.join()

    def client():
        with socket.create_connection(listener.getsockname()) as c:
            for _ in range(n):
                c.sendall(b"x" * 100)
                c.recv(4096)

    server = threading.Thread(target=accept)
    server.start()
    together(4, client)
    server.join()
    listener.close()


def echo_pipe(n):
    r1, w1 = os.pipe()
    r2, w2 = os.pipe()

    def echo():
        while data := os.read(r1, 64):
            os.write(w2, data)

    thread = threading.Thread(target=echo)
    thread.start()
    for _ in range(n):
        os.write(w1, b"ping")
        os.read(r2, 64)
    os.close(w1)
    thread.join()
    for fd in r1, r2, w2:
        os.close(fd)


def files(n):
    def work():
        with tempfile.TemporaryFile() as f:
            for _ in range(n):
                f.seek(0)
                f.write(b"x" * 4096)
                f.flush()
                f.seek(0)
                f.read()

    together(4, work)


def text_lines(n):
    def work():
        with tempfile.TemporaryFile("w+") as f:
            for i in range(n):
                f.write("a line of text\n")
            f.seek(0)
            for line in f:
                pass

    together(4, work)


def sleepers(n):
    def work():
        for _ in range(n):
            time.sleep(0.0001)

    together(8, work)


def submit_one(n):
    with ThreadPoolExecutor(1) as pool:
        for _ in range(n):
            pool.submit(int).result()


def submit_many(n):
    with ThreadPoolExecutor(4) as pool:
        for f in [pool.submit(int) for _ in range(n)]:
            f.result()


def map_many(n):
    with ThreadPoolExecutor(4) as pool:
        for _ in pool.map(int, range(n)):
            pass


def process_pool(pool, n):
    for _ in range(n):
        pool.submit(int).result()


def serve_connection(c):
    while (item := c.recv()) is not None:
        c.send(item)


def serve_queue(asked, answered):
    while (item := asked.get()) is not None:
        answered.put(item)


def through_connection(c, n):
    for i in range(n):
        c.send((i, "text"))
        c.recv()


def through_queue(asked, answered, n):
    for i in range(n):
        asked.put((i, "text"))
        answered.get()


def through_manager(d, n):
    for i in range(n):
        d["k"] = i
        d["k"]


if __name__ == "__main__":
    n = size(2000)
    start_and_join(10)
    report("thread_start_join", start_and_join, n, per=n)
    report("thread_start_100", start_many, 100, per=100, rounds=3)
    report("socketpair_echo", echo_socket, n, per=n, rounds=3)
    report("tcp_echo_4_clients", tcp_server, n // 2, per=n * 2, rounds=3)
    report("pipe_echo", echo_pipe, n, per=n, rounds=3)
    report("files_4_threads", files, n, per=n * 4)
    report("text_files_4_threads", text_lines, n * 5, per=n * 20)
    report("sleep_8_threads", sleepers, n // 10, per=n // 10 * 8)
    report("pool_submit_result", submit_one, n, per=n)
    report("pool_submit_many", submit_many, n, per=n)
    report("pool_map", map_many, n, per=n)
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    process = context.Process(target=serve_connection, args=(there,))
    process.start()
    report("process_pipe", through_connection, here, n, per=n, rounds=3)
    here.send(None)
    process.join()
    asked, answered = context.Queue(), context.Queue()
    process = context.Process(target=serve_queue, args=(asked, answered))
    process.start()
    report("process_queue", through_queue, asked, answered, n // 2, per=n // 2, rounds=3)
    asked.put(None)
    process.join()
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        process_pool(pool, 10)
        report("process_pool_submit", process_pool, pool, n // 4, per=n // 4)
    with context.Manager() as manager:
        d = manager.dict()
        through_manager(d, 10)
        report("process_manager", through_manager, d, n // 4, per=n // 4 * 2, rounds=3)
