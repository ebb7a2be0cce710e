"""The API server can't be reached for a while."""

import asyncio
import time

from api_server import LEASES
from node import Node
from scenarios import LAYOUTS, NAMESPACE, slow_down


def holder(node: Node):
    return node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}")["spec"].get("holderIdentity")


def for_seconds(relay, seconds):
    async def the_server_is_gone(node: Node):
        await node.want("balanced")
        # It counts as hanging after a shorter time than the server is gone.
        node.start("--hang-limit", "2")
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
            # No restart would help, and the pod says that it can't work.
            assert [(await node.get(path))[0] for path in ("/healthz", "/readyz")] == [200, 503]
            await node.want(config)
            await relay.mend()
            began = time.monotonic()
            await node.state("success", config, 90)
            await node.agrees(config, LAYOUTS)
            assert [(await node.get(path))[0] for path in ("/healthz", "/readyz")] == [200, 200]
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
        # With a slow one, it takes the time to resume the clients and to give the lease back.
        node.start()
        await node.until("owned", lambda: holder(node))
        node.stuck.add("gpu-feature-discovery")
        await node.want("halves")
        await node.until("paused", node.paused)
        relay.delay = 0.4
        await node.end(within=15)
        relay.delay = 0
        node.nobody_is_paused()
        assert holder(node) is None

    return the_server_is_gone
