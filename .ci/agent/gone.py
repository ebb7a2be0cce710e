"""The API server can't be reached for a while."""

import asyncio
import time

from node import Node
from scenarios import LAYOUTS, slow_down


def for_seconds(relay, seconds):
    async def the_server_is_gone(node: Node):
        await node.want("balanced")
        node.start()
        await node.state("success", "balanced")
        # In each phase: at rest, while clients are paused, and while the GPUs are changed.
        await slow_down(node, 60)
        for config, phase in (("halves", "at rest"), ("all-1g.5gb", "paused"), ("balanced", "changing")):
            if phase != "at rest":
                await node.want(config)
                await node.until("paused", node.paused)
                await asyncio.sleep(0.5 if phase == "changing" else 0)
            await relay.cut()
            await asyncio.sleep(seconds)
            await node.want(config)
            await relay.mend()
            began = time.monotonic()
            await node.state("success", config, 90)
            await node.agrees(config, LAYOUTS)
            print(f"gone for {seconds:.0f} s, {phase}: {time.monotonic() - began:.1f} s after it came back", flush=True)
        # Watches that have expired are begun anew.
        for config in ("halves", "balanced"):
            await node.api.expire_watches()
            await node.want(config)
            await node.state("success", config)
            await node.agrees(config, LAYOUTS)
        # It ends within a second without a server too.
        await relay.cut()
        await node.end(within=1)
        await relay.mend()

    return the_server_is_gone
