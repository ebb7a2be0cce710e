"""Many agents at once."""

import asyncio
import resource
import time

from api_server import NODES
from node import CONFIG, STATE, Node
from scenarios import LAYOUTS

REST = 60


async def crowd(api, programs, folder, count):
    nodes = [Node(api, programs, folder, f"node-{number}") for number in range(count)]
    for node in nodes:
        await node.create()
        node.start()
    await until(lambda: api.counts["WATCH"] >= 4 * count, 120)
    for config in ("balanced", "halves"):
        before = api.counts.total()
        began = time.monotonic()
        # By one request each, as `kubectl label nodes --all` does it.
        await asyncio.gather(*(node.want(config) for node in nodes))
        await until(lambda: all(node.label(STATE) == "success" and node.annotation("config") == config for node in nodes), 300)
        took = time.monotonic() - began
        asked = (api.counts.total() - before) / count
        print(f"{count} agents, {config}: all done after {took:.1f} s; {asked:.1f} requests for each node", flush=True)
    for node in nodes:
        await node.agrees("halves", LAYOUTS)
        node.operator.cancel()
    await asyncio.sleep(2)
    before = api.counts.copy()
    await asyncio.sleep(REST)
    asked = api.counts - before
    print(f"at rest: {asked.total() / count / REST:.4f} requests for each agent and second: {dict(asked)}")
    usage = [memory(node.agent.pid) for node in nodes]
    print(f"memory of an agent: {max(usage)} KiB at most")
    for node in nodes:
        await node.close()


def memory(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))


async def until(condition, seconds):
    for _ in range(seconds * 10):
        if condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it takes too long")
