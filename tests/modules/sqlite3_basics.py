# sqlite3: tables, rows, functions and aggregates of the program, errors, dumps.
import sqlite3
c=sqlite3.connect(":memory:")
c.execute("create table t(a integer primary key, b text, c real, d blob)")
c.executemany("insert into t(b,c,d) values(?,?,?)", [("x%d"%i, i/2, bytes([i])) for i in range(5)])
print(c.in_transaction, c.total_changes); c.commit()
print(list(c.execute("select * from t where a>:n", {"n":2})))
c.row_factory=sqlite3.Row
r=c.execute("select a,b from t").fetchone(); print(tuple(r), r["B"], r.keys(), len(r))
c.create_function("twice",1,lambda x:x*2)
class S:
    def __init__(s): s.v=0
    def step(s,x): s.v+=x
    def finalize(s): return s.v
c.create_aggregate("mysum",1,S)
print(tuple(c.execute("select twice(21), mysum(a) from t").fetchone()))
for bad in ("selct 1","insert into t(a) values(1)","select 1; select 2"):
    try: c.execute(bad)
    except sqlite3.Error as e: print(type(e).__name__, e, getattr(e,'sqlite_errorname',None))
with c: c.execute("delete from t where a=1")
print(list(c.iterdump())[:3]); c.close()
