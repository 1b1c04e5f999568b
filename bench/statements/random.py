"""Random numbers and choices."""
# SPDX-License-Identifier: MIT
import random

r = random.Random(1)
L = list(range(50))


def statements():
    r.random()
    r.randint(1, 6)
    r.randrange(10)
    r.choice(L)
    r.shuffle(L)
    r.sample(L, 5)
    r.uniform(1, 2)
    r.gauss()
    r.getrandbits(32)
    r.choices(L, k=5)
    random.random()
