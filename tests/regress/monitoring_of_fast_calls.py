# Calls that the evaluator makes in forms of their own are reported like others once somebody asks, events in CPython's order.
import sys
m=sys.monitoring
m.use_tool_id(2,'x')
ev=[]
m.register_callback(2,m.events.CALL,lambda c,o,f,a: ev.append(('call',f)))
m.register_callback(2,m.events.LINE,lambda c,l: ev.append(l))
m.register_callback(2,m.events.C_RETURN,lambda c,o,f,a: ev.append(('cret',f)))
def g():
    l=[]
    l.append(1)
    len(l)
    l.copy()
    ord('a')
g(); g()
m.set_events(2,m.events.CALL|m.events.LINE)
g()
m.set_events(2,0)
for e in ev: print(e if isinstance(e, int) else (e[0], e[1].__name__))
