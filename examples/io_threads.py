# I/O-bound threads: clients of a slow server on this machine, one after the other and all at once.
# SPDX-License-Identifier: MIT
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from _row import row

CLIENTS, DELAY = 20, 0.05


def serve(listener):
    def answer(connection):
        with connection:
            request = connection.recv(100)
            time.sleep(DELAY)
            connection.sendall(request.upper())

    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(connection,), daemon=True).start()


def ask(address, number):
    with socket.create_connection(address) as connection:
        connection.sendall(b"request %d" % number)
        return connection.recv(100)


if __name__ == "__main__":
    with socket.create_server(("127.0.0.1", 0), backlog=CLIENTS) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        address = listener.getsockname()
        expected = [b"REQUEST %d" % n for n in range(CLIENTS)]
        row(f"{CLIENTS} requests, in sequence", lambda: [ask(address, n) for n in range(CLIENTS)], expected)

        def in_threads():
            with ThreadPoolExecutor(CLIENTS) as executor:
                return list(executor.map(lambda n: ask(address, n), range(CLIENTS)))

        row(f"{CLIENTS} requests, {CLIENTS} threads", in_threads, expected)
