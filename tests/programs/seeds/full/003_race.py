# A program from the literature about the lock: two threads race on a global counter; as published.
# SPDX-License-Identifier: MIT
# expect-match: -?[0-9]{1,9}
# slow
# time: 900

# 규문이 race condition 실습 ㅜㅜ
import threading

x=0
def plus():
    global x
    for i in range(100000000):
        x += 1
        
def minus():
    global x
    for i in range(100000000):
        x -= 1
        
t1 = threading.Thread(target=plus)
t2 = threading.Thread(target=minus)

t1.start()
t2.start()
t1.join()
t2.join()

print(x)


# The published text ends here; what follows checks the result: the two functions race, so any loss is allowed for.
assert isinstance(x, int) and abs(x) <= 100000000 and not t1.is_alive() and not t2.is_alive()
