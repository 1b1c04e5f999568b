# A handle that has run forgets itself, as its last line says: an exception that the callback keeps must not keep the handle, and so the callback, alive.
import asyncio, gc, weakref
class T:
    def step(self):
        try: 1/0
        except ZeroDivisionError as e: self.e=e
        self=None
async def main():
    loop=asyncio.get_running_loop()
    t=T(); w=weakref.ref(t)
    loop.call_soon(t.step); del t
    await asyncio.sleep(0)
    print(w() is None)  # expect: True
asyncio.run(main())
