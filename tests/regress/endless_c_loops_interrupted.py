# time: 60
# A signal's handler runs in loops over endless iterators and in long computations.
import array, itertools, math, operator, signal
class Stop(Exception): pass
def stop(*a): raise Stop
signal.signal(signal.SIGALRM, stop)
r = itertools.repeat
for label, f in {'sum': lambda: sum(range(10**12)), 'any': lambda: any(r(0)), 'all': lambda: all(r(1)), 'max': lambda: max(itertools.count()), 'fsum': lambda: math.fsum(r(1.0)), 'in': lambda: 3.5 in range(10**12),
        'countOf': lambda: operator.countOf(r(1), 1), 'isdisjoint': lambda: {1}.isdisjoint(r(2)), 'update': lambda: {}.update(zip(r(1), r(1))), 'min': lambda: min(iter(int, 1), key=abs), 'writelines': lambda: open('/dev/null', 'w').writelines(r('a')),
        'zero': lambda: open('/dev/zero', 'rb').readline(-1) if 0 else [open('/dev/zero', 'rb').read(10**6) for i in r(0)], 'power': lambda: 3 ** 10**9, 'factorial': lambda: math.factorial(10**9), 'gcd': lambda: math.gcd(7**10**6 << 10**9, 3**10**6 << 10**9)}.items():
    signal.setitimer(signal.ITIMER_REAL, .15, 2)  # again where the first comes in a finalizer, which swallows it
    try:
        f()
    except Stop:
        print(label, 'stopped')
    signal.setitimer(signal.ITIMER_REAL, 0)
