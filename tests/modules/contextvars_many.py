"""Contexts with many variables: each change of one is quick, however many there are, and leaves copies as they were. If this fails, a variable has another context's value, or
a program that makes thousands of them (Django's tests do) spends its time copying."""
import contextvars
import gc
import random
import threading
import time

random.seed(7)
variables = [contextvars.ContextVar(f"v{i}") for i in range(600)]


def model(steps):
    contexts = [(contextvars.Context(), {})]
    for step in range(steps):
        context, known = random.choice(contexts)
        if random.random() < 0.05 and len(contexts) < 40:
            contexts.append((context.copy(), dict(known)))
            continue

        def change():
            tokens = []
            for _ in range(random.randrange(1, 40)):
                var = random.choice(variables)
                if tokens and random.random() < 0.3:
                    var, token, before = tokens.pop()
                    var.reset(token)
                    if before is None:
                        del known[var]
                    else:
                        known[var] = before
                else:
                    tokens.append((var, var.set(step), known.get(var)))
                    known[var] = step

        context.run(change)
        var = random.choice(variables)
        assert context.get(var) == known.get(var) and (var in context) == (var in known)
        assert context.run(var.get, None) == known.get(var)
    for context, known in contexts:
        assert len(context) == len(known), (len(context), len(known))
        assert dict(context.items()) == known and set(context) == set(known) == set(context.keys())
        assert sorted(context.values()) == sorted(known.values())
        assert all(context[v] == known[v] for v in known)
    return contexts


contexts = model(400)
print(len(contexts), max(len(k) for _, k in contexts) > 500)
same = contexts[0][0].copy()
print(same == contexts[0][0], same == contextvars.Context(), contexts[0][0] != contexts[-1][0])
same.run(variables[0].set, object())
print(same == contexts[0][0])

# Down to none again.
def empty():
    tokens = [v.set(1) for v in variables]
    print(len(contextvars.copy_context()))
    order = list(zip(variables, tokens))
    random.shuffle(order)
    for i, (v, token) in enumerate(order):
        v.reset(token)
        if i % 100 == 99:
            print(len(contextvars.copy_context()), end=" ")
    print(list(contextvars.copy_context().items()))
    try:
        variables[3].get()
    except LookupError as e:
        print(e.args[0] is variables[3])
    t = variables[3].set(5)
    print(t.old_value is contextvars.Token.MISSING, variables[3].get())


contextvars.Context().run(empty)


# What a variable refers to goes with the context.
class Item:
    died = 0

    def __del__(self):
        Item.died += 1


def hold():
    for v in variables:
        v.set(Item())


contextvars.Context().run(hold)
gc.collect()
print(Item.died)


# Shared between threads.
def worker(context, n, out):
    for _ in range(50):
        mine = context.copy()
        mine.run(variables[n].set, n)
        out.append(mine[variables[n]] == n and context[variables[n]] == 0 and len(mine) == len(variables))


def all_zero():
    for v in variables:
        v.set(0)
    return contextvars.copy_context()


shared, out = contextvars.Context().run(all_zero), []
threads = [threading.Thread(target=worker, args=(shared, n, out)) for n in range(4)]
for t in threads:
    t.start()
for t in threads:
    t.join()
print(len(out), all(out))


def seconds(n):
    many = [contextvars.ContextVar("m") for _ in range(n)]

    def run():
        for v in many:
            v.set(1)
        started = time.perf_counter()
        for k in range(500):
            contextvars.copy_context().run(many[k % n].set, k)
        return time.perf_counter() - started

    return contextvars.Context().run(run)


few, lots = min(seconds(100) for _ in range(3)), min(seconds(20000) for _ in range(3))
print(lots < few * 10 + 0.02 or (few, lots))
