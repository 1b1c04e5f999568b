# Several functions at once, each in a thread of its own, from one gate on; the first error of any is raised.
import threading


def together(*functions):
    gate, errors = threading.Barrier(len(functions)), []

    def go(f):
        gate.wait()
        try:
            f()
        except BaseException as e:
            errors.append(e)

    threads = [threading.Thread(target=go, args=(f,)) for f in functions]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    if errors:
        raise errors[0]
