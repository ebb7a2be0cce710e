"""Watches that expire or fail: nothing is decided by a part of what they tell, or by what they told before."""

import asyncio

from api_server import NODES, PODS
from node import ANY, APPS, CLIENTS, CONFIG, OURS, STATE, Node
from scenarios import OPERATOR


async def pods_are_listed_again_beside_mig_manager(node: Node):
    """mig-manager is not the first in the list, and is there all the same."""
    apps = [app for client, app in APPS.items() if CLIENTS[client] == "true"]
    await node.until("clients", lambda: all(node.api.find(PODS, OPERATOR, f"{app}-{node.name}") for app in apps))
    await node.api.create(
        PODS, OPERATOR, f"nvidia-mig-manager-{node.name}",
        metadata={"labels": {"app": "nvidia-mig-manager"}}, spec={"nodeName": node.name, **ANY},
    )
    # As mig-manager writes it.
    await node.api.patch(NODES, None, node.name, metadata={"labels": {CONFIG: "halves", STATE: "success"}})
    node.start()
    await node.until("said", lambda: "mig-manager runs on this node" in (node.annotation("reason") or ""))
    await node.api.expire_watches(f"spec.nodeName={node.name}")
    await node.until("expired", lambda: "the operator's pods: too old" in node.last_lines())
    # It is listed again after 0.8 to 1.6 s.
    for _ in range(100):
        await asyncio.sleep(0.02)
        is_left_alone = node.label(STATE) == "success" and node.label(OURS + "unfinished") is None
        assert is_left_alone, f"{node.name}: {node.metadata}\n{node.last_lines()}"
    await node.api.delete(PODS, OPERATOR, f"nvidia-mig-manager-{node.name}")
    await node.until("seen", lambda: node.annotation("config") == "halves")
    await node.state("success", "halves")


SCENARIOS = [
    (pods_are_listed_again_beside_mig_manager, "a100-sxm4-40gb"),
]
