# Histories: two threads do a few operations each on one object, and some order of those operations, one after the other, must explain every answer
# and what the object is in the end. What is not one step shows as a history that no order explains.
# SPDX-License-Identifier: MIT
import os, random, sys, threading, time
from _soak import CHECKED, LONG, SECONDS

sys.setswitchinterval(1e-5)

def frozen(v):
    """What an operation gave, as something to compare: the types stay apart, containers count by content."""
    if isinstance(v, BaseException):
        return "raised", type(v).__name__
    if isinstance(v, (set, frozenset)):
        return type(v).__name__, frozenset(v)
    if isinstance(v, dict):
        return type(v).__name__, tuple(v.items())
    if isinstance(v, (str, bytes, int, float, type(None))):
        return v
    if hasattr(v, "__iter__"):
        return type(v).__name__, tuple(frozen(x) for x in v)
    return v

def did(f, o):
    try:
        return f(o)
    except Exception as e:
        return e

def explains(fresh, state, plans, answers, final):
    """An order of the operations with those answers and that end; each order is done again on objects of its own."""
    def end_of(order):
        o = fresh()
        for who, n in order:
            r = did(plans[who][n], o)
            if (r is o and "itself" or frozen(r)) != answers[who][n]:
                return None
        return frozen(state(o))
    todo = [((), tuple(0 for _ in plans))]
    while todo:
        order, at = todo.pop()
        if all(n == len(p) for n, p in zip(at, plans)):
            if end_of(order) == final:
                return order or True
            continue
        for who, n in enumerate(at):
            if n < len(plans[who]):
                longer = order + ((who, n),)
                if end_of(longer) is not None:
                    todo.append((longer, at[:who] + (n + 1,) + at[who + 1:]))
    return None

def histories(what, fresh, operations, state=None, rounds=300, threads=2, each=3, seed=1):
    """Makes that many histories of operations chosen by chance (text: function of the object); prints the first that nothing explains."""
    state = state or (lambda o: o)
    if CHECKED or os.environ.get("IM_STRESS"): # slow
        rounds //= 5
    rounds = rounds // 2 + 1
    rnd = random.Random(seed)
    names = list(operations)
    end = time.monotonic() + SECONDS
    made = 0
    while made == 0 or LONG and time.monotonic() < end:
        batch = []
        for _ in range(rounds):
            texts = [[rnd.choice(names) for _ in range(each)] for _ in range(threads)]
            batch.append((fresh(), texts, [[operations[t] for t in ts] for ts in texts], [[] for _ in range(threads)], [0] * threads))
        failed = []
        def work(me):
            try:
                for o, texts, plans, answers, here in batch:
                    mine, plan = answers[me], plans[me]
                    here[me], spins = 1, 0
                    while 0 in here:
                        spins += 1
                        if spins > 100:
                            time.sleep(0)
                    for f in plan:
                        try:
                            r = f(o)
                        except Exception as e:
                            r = e
                        mine.append(r)
            except BaseException as e:
                failed.append(e)
                raise
        ts = [threading.Thread(target=work, args=(i,)) for i in range(threads)]
        for t in ts:
            t.start()
        for t in ts:
            t.join()
        assert not failed, failed
        made += rounds
        for o, texts, plans, answers, _ in batch:
            answers, final = [[r is o and "itself" or frozen(r) for r in a] for a in answers], frozen(state(o))
            if not explains(fresh, state, plans, answers, final):
                print(f"{what}: NO ORDER of {texts} explains {answers!r:.900} and {final!r:.300}")
                return
    print(what, "ok")
