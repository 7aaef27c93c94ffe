import time
from tests.faults.world import *
def test_it(world):
    e=world.everything()
    for _ in range(3):
        t=time.perf_counter(); a=world.up(START); print("up", len(a.requests), time.perf_counter()-t); assert a.code==0, a
        t=time.perf_counter(); a=world.up(START); print("again", len(a.requests), time.perf_counter()-t, a.writes)
        t=time.perf_counter(); a=world.up(CHANGED); print("changed", len(a.requests), time.perf_counter()-t); assert a.code==0, a
        t=time.perf_counter(); world.shape(); print("shape",time.perf_counter()-t)
        t=time.perf_counter(); a=world.down(); print("down", len(a.requests), time.perf_counter()-t); assert a.code==0, a
        t=time.perf_counter(); assert world.everything()==e; print("dump",time.perf_counter()-t)
    a=world.up(START, Fault("killed after", 20)); print(a, a.requests[-1])
    t=time.perf_counter(); a=world.up(START, Fault("answer late", 40)); print("late", len(a.requests), time.perf_counter()-t); assert a.code==0, a
