"""A cursor that stands on a row dies while another thread is inside SQLite, in a function of the program; fails by a deadlock where the one keeps the GIL
while it waits for the other."""
import sqlite3
import threading
import time

db = sqlite3.connect(":memory:", check_same_thread=False)
db.execute("create table t (x)")
db.executemany("insert into t values (?)", [(i,) for i in range(50)])
inside = threading.Event()


def slow(x):
    inside.set()
    time.sleep(0.002)
    return x


db.create_function("slow", 1, slow)
for _ in range(5):
    inside.clear()
    cursor = db.execute("select x from t")
    cursor.fetchone()
    other = threading.Thread(target=lambda: db.execute("select sum(slow(x)) from t").fetchone())
    other.start()
    inside.wait()
    del cursor
    other.join()
print("done")  # expect: done
