# Blobs, window functions, settings, a database as bytes, statements that rest.
import sqlite3

def fails(f, *a, **k):
    try:
        print("no error:", f(*a, **k))
    except Exception as e:
        print(type(e).__name__ + ":", e)

c = sqlite3.connect(":memory:")
c.execute("create table t(b)")
c.execute("insert into t values (?)", (b"0123456789" * 3,))
b = c.blobopen("t", "b", 1)
print(len(b), b.read(4), b.tell(), b[-1], b[2:9:3], b[3:3])
b.seek(-2, 2)
print(b.read(), b.read(), b.tell())
b[0] = 65
b[1:4] = b"xyz"
b[10:16:2] = bytearray(b"...")
b[14:20:3] = b"+-"
b.seek(28)
b.write(b"ZZ")
print(c.execute("select b from t").fetchone())
for bad in (lambda: b[30], lambda: b["x"], lambda: b.seek(31), lambda: b.seek(0, 7), lambda: b.seek(2**31 - 1, 2), lambda: b.write(b"q"), lambda: b.__setitem__(0, 256),
            lambda: b.__setitem__(0, b"q"), lambda: b.__setitem__(slice(0, 2), b"q"), lambda: b.__delitem__(0), lambda: b.__delitem__(slice(3)), lambda: b.__setitem__(99, 1),
            lambda: c.blobopen("t", "b", 9), lambda: c.blobopen("t", "b", "1"), lambda: c.blobopen("t", "b", 2**64), lambda: c.blobopen("nowhere", "b", 1), lambda: type(b)()):
    fails(bad)
with c.blobopen("t", "b", 1, readonly=True) as r:
    fails(r.write, b"q")
fails(r.read)
c.execute("update t set b = 'other'")
fails(b.read)
b.close()
fails(len, b)

class Sum:
    def __init__(self): self.n = 0
    def step(self, v): self.n += v
    def inverse(self, v): self.n -= v
    def value(self): return self.n
    def finalize(self): return self.n
c.create_window_function("total_of", 1, Sum)
c.executescript("create table w(x, y); insert into w values ('a', 4), ('b', 5), ('c', 3), ('d', 8), ('e', 1);")
print(c.execute("select x, total_of(y) over (order by x rows between 1 preceding and 1 following) from w").fetchall())
c.create_window_function("total_of", 1, None)
fails(c.execute, "select total_of(1) over ()")
fails(c.create_window_function, "f", -100, Sum)

class Bad:
    def __init__(self): raise KeyError(1)
c.create_aggregate("bad", 1, Bad)
fails(c.execute, "select bad(y) from w")

print(c.getconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY), c.setconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY), c.getconfig(sqlite3.SQLITE_DBCONFIG_ENABLE_FKEY))
fails(c.getconfig, -1)
c.commit()
whole = c.serialize()
d = sqlite3.connect(":memory:")
d.deserialize(whole)
print(whole[:15], d.execute("select count(*) from w").fetchall())
fails(d.serialize, name="x")
fails(d.load_extension, "nowhere")

import warnings
with warnings.catch_warnings(record=True) as seen:
    warnings.simplefilter("always")
    d.set_trace_callback(trace_callback=None)
    d.create_function("f", 1, func=abs)
    sqlite3.connect(":memory:", 5.0).close()
for w in seen:
    print(w.category.__name__, w.message)

# The same text again and again, also while another cursor stands in its rows, and after the table has changed.
a, e = d.cursor(), d.cursor()
text = "select x from w order by x"
print(a.execute(text).fetchone(), e.execute(text).fetchone(), a.fetchone(), e.fetchone())
print(len(d.execute(text).fetchall()), [c[0] for c in d.execute("select * from w").description])
d.execute("alter table w add column z default 7")
print([c[0] for c in d.execute("select * from w").description], d.execute("select * from w").fetchone())
for i in range(300):
    assert d.execute(f"select {i % 150}").fetchone() == (i % 150,)
fails(d.execute, "select 1; select 2")
print(d.execute("-- nothing").fetchall(), d("select 1").__class__)
d.close()
fails(a.fetchone)
fails(d)
