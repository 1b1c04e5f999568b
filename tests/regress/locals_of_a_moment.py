# dict(), ** and | take all variables of a frame at one moment: another thread's frame may delete one between its name and its value, which was a KeyError.
import sys, threading
from time import sleep as waits

def goes_on():
    while not stop:
        a = b = c = d = e = f = g = h = 1
        waits(0)
        del a, b, c, d, e, f, g, h
        waits(0)

def last(thread):
    frame = sys._current_frames().get(thread.ident)
    while frame and frame.f_code is not goes_on.__code__:
        frame = frame.f_back
    return frame

stop = False
thread = threading.Thread(target=goes_on)
thread.start()
errors = []
while not (frame := last(thread)): pass
for _ in range(2000):
    try:
        dict(frame.f_locals), {**frame.f_locals}, frame.f_locals | {}
    except KeyError as e:
        errors.append(e)
stop = True
thread.join()
print(errors)  # expect: []

def both():
    here = 1
    variables = sys._getframe().f_locals
    return ({"there": 2} | variables)["here"], (variables | {"there": 2})["there"]
print(both())  # expect: (1, 2)
