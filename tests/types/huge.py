# time: 60
# Requests beyond all memory raise MemoryError (or OverflowError) at once.
def t(f):
    try: f(); print('done')
    except (MemoryError, OverflowError) as e: print('refused')
for n in (2**63 - 1, 2**62, 2**50, 2**44):
    for f in (lambda: 'x' * n, lambda: b'x' * n, lambda: [0] * n, lambda: (0,) * n, lambda: bytearray(n), lambda: bytes(n), lambda: 'ab'.zfill(n), lambda: b'ab'.center(n), lambda: '%*d' % (n, 1), lambda: format(1, str(n)),
              lambda: bytearray(b'x') * n, lambda: 'é'.ljust(n), lambda: [1, 2, 3].extend([0] * n)): t(f)
t(lambda: 1 << 2**62)
