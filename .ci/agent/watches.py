"""Watches that expire or fail: nothing is decided by a part of what they tell, and nothing new by what they told before."""

import asyncio
import contextlib
import os

from api_server import CONFIG_MAPS, NODES, PODS
from memory import layouts
from node import ANY, APPS, CLIENTS, CONFIG, OURS, STATE, Node
from scenarios import CONFIG_MAP, LAYOUTS, OPERATOR


async def pods_are_listed_again_beside_mig_manager(node: Node):
    """mig-manager is not the first in the list, and is there all the same."""
    apps = [app for client, app in APPS.items() if CLIENTS[client] == "true"]
    await node.until("clients", lambda: all(node.api.find(PODS, OPERATOR, f"{app}-{node.name}") for app in apps))
    await create_mig_manager(node)
    # As mig-manager writes it.
    await node.api.patch(NODES, None, node.name, metadata={"labels": {CONFIG: "halves", STATE: "success"}})
    node.start()
    await node.until("said", lambda: "mig-manager runs on this node" in (node.annotation("reason") or ""))
    await expire(node, f"spec.nodeName={node.name}")
    # It is listed again after 0.8 to 1.6 s.
    for _ in range(100):
        await asyncio.sleep(0.02)
        is_left_alone = node.label(STATE) == "success" and node.label(OURS + "unfinished") is None
        assert is_left_alone, f"{node.name}: {node.metadata}\n{node.last_lines()}"
    await node.api.delete(PODS, OPERATOR, f"nvidia-mig-manager-{node.name}")
    await node.until("seen", lambda: node.annotation("config") == "halves")
    await node.state("success", "halves")


async def a_file_that_can_not_be_watched_any_more(node: Node, seconds=0):
    """Its role is removed, and it is changed then."""
    namespace, changed = f"of-{node.name}", LAYOUTS.replace("3g.20gb: 2", "2g.10gb: 3")
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    async with unwatched(node, namespace, 403, seconds, "--config-map-namespace", namespace):
        await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": changed})
    await node.state("success", "halves", 75)
    await node.agrees("halves", changed)


async def pods_that_can_not_be_watched_any_more(node: Node, seconds=0):
    """mig-manager comes to the node meanwhile."""
    async with unwatched(node, f"spec.nodeName={node.name}", 500, seconds):
        await create_mig_manager(node)
    before = await layouts(node)
    await node.until("seen", lambda: "mig-manager runs on this node" in node.annotation("reason"), 75)
    assert await layouts(node) == before, node.last_lines()


async def a_file_that_can_not_be_watched_for_long(node: Node):
    await a_file_that_can_not_be_watched_any_more(node, 75)


async def pods_that_can_not_be_watched_for_long(node: Node):
    await pods_that_can_not_be_watched_any_more(node, 75)


@contextlib.asynccontextmanager
async def unwatched(node: Node, of, code, seconds, *options):
    """What is done in the block is not seen. Then another layout is wanted, and nothing is made for it."""
    await node.want("balanced")
    node.start(*options)
    await node.state("success", "balanced")
    before = await layouts(node)
    node.api.unwatched[of] = code
    await expire(node, of)
    await node.until("fails", lambda: f"can't be watched now ({code})" in node.last_lines())
    yield
    await node.want("halves")
    await node.until("announced", lambda: node.annotation("config") == "halves")
    if seconds:
        await node.until("said", lambda: f"can't be watched now ({code})" in node.annotation("reason"), seconds)
        assert (await node.get("/readyz"))[0] == 503
    await asyncio.sleep(1)
    assert node.label(STATE) == "pending" and not node.paused(), f"{node.metadata}\n{node.last_lines()}"
    assert await layouts(node) == before, node.last_lines()
    node.api.unwatched.pop(of)


async def expire(node: Node, of):
    """What was listed a moment ago may not be watched yet."""
    for _ in range(100):
        await node.api.expire_watches(of)
        await asyncio.sleep(0.1)
        if "too old resource version" in node.last_lines():
            return
    raise AssertionError(f"{node.name}: {of} does not expire")


async def create_mig_manager(node: Node):
    await node.api.create(
        PODS, OPERATOR, f"nvidia-mig-manager-{node.name}",
        metadata={"labels": {"app": "nvidia-mig-manager"}}, spec={"nodeName": node.name, **ANY},
    )


SCENARIOS = [
    (pods_are_listed_again_beside_mig_manager, "a100-sxm4-40gb"),
    (a_file_that_can_not_be_watched_any_more, "a100-sxm4-40gb"),
    (pods_that_can_not_be_watched_any_more, "a100-sxm4-40gb"),
]
if os.environ.get("NVML_MIG_ALL_TESTS"):
    SCENARIOS += [
        (a_file_that_can_not_be_watched_for_long, "a100-sxm4-40gb"),
        (pods_that_can_not_be_watched_for_long, "a100-sxm4-40gb"),
    ]
