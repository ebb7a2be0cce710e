"""What the API server does not take, what others undo, and what was found before: nobody stays paused for that, and nothing is said
that is not so any more."""

import asyncio
import signal

from api_server import LEASES, NODES
from memory import CHANGED, by_hand, layouts
from node import DEPLOY, OURS, STATE, Node, free_port
from scenarios import LAYOUTS, NAMESPACE, slow_down

APPLIED = f'"{OURS}applied": "halves@'
SUCCESS = f'"{STATE}": "success"'


async def what_was_made_is_refused(node: Node):
    """As by a rule on annotations. The clients are resumed all the same; and it is said at the end, if it may be said by then."""
    node.api.refused[node.name] = APPLIED
    await node.want("halves")
    node.start()
    await node.until("paused", node.paused)
    await node.state("success", "halves")
    node.nobody_is_paused()
    refused = lambda: (node.folder / "log").read_text().count("a request failed")
    await node.until("refused with growing delays", lambda: refused() > 3)
    assert node.annotation("applied") is None and refused() < 8
    node.api.refused.pop(node.name)
    await node.end(within=2)
    assert node.annotation("applied").startswith("halves@"), node.metadata
    await by_hand(node, "apply", "--yes", "7g.40gb")
    node.start()
    await stays(node, "7g.40gb", "success")


async def success_is_refused_and_nobody_is_paused(node: Node):
    """What was made is told alone, so that the next agent knows it too, however this one ends."""
    for client in ("device-plugin", "gpu-feature-discovery", "nvsm"):
        await node.api.patch(NODES, None, node.name, metadata={"labels": {DEPLOY + client: "false"}})
    await node.want("halves")
    for is_killed in (True, False):
        node.api.refused[node.name] = SUCCESS
        node.start()
        await node.until("made", lambda: (node.annotation("applied") or "").startswith("halves@"))
        await by_hand(node, "apply", "--yes", "7g.40gb")
        if is_killed:
            node.kill()
        else:
            await node.end(within=2)
        node.api.refused.pop(node.name)
        node.start()
        await stays(node, "7g.40gb")
        await node.want(None)
        await node.until("taken back", lambda: node.annotation("applied") is None)
        await node.end(within=2)
        await node.want("halves")


async def a_change_ends_while_the_lease_is_refused(node: Node):
    """As while the server is away: what is found then is looked at again before it is said."""
    await node.want("all-1g.5gb")
    node.start("--lease-duration", "6")
    await node.state("success", "all-1g.5gb")
    await slow_down(node, 150)
    await node.want("halves")
    await node.until("changing", lambda: "[3/18]" in node.last_lines())
    node.api.refused[f"nvml-mig-{node.name}"] = "renewTime"
    await node.until("made", lambda: (node.folder / "log").read_text().count("read back") == 2)
    await node.until("refused", lambda: "a request failed" in node.last_lines())
    await node.simulate("clear-faults")
    await by_hand(node, "apply", "--yes", "7g.40gb")
    node.api.refused.pop(f"nvml-mig-{node.name}")
    await stays(node, "7g.40gb")


async def another_agent_has_the_node_meanwhile(node: Node):
    """The first is stopped until its lease is over. What it found before says nothing when it goes on."""
    await node.want("halves")
    node.start("--lease-duration", "3")
    await node.state("success", "halves")
    first, node.agent = node.agent, None
    first.send_signal(signal.SIGSTOP)
    try:
        node.start("--lease-duration", "3", "--fit-period", "1", identity="second", port=free_port())
        await node.until("taken over", lambda: holder(node) == "second")
        await by_hand(node, "apply", "--yes", "7g.40gb")
        await stays(node, "7g.40gb", "success")
        await node.end(within=2)
    finally:
        first.send_signal(signal.SIGCONT)
        node.agent = first
    await node.until("back", lambda: holder(node) == f"agent-{node.name}")
    await stays(node, "7g.40gb")


async def what_is_said_is_undone_each_time(node: Node):
    """As by a program that does not know these annotations: the agent does not write without a pause."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    times = 0
    for _ in range(400):
        if node.annotation("reason"):
            await node.api.patch(NODES, None, node.name, metadata={"annotations": {OURS + "reason": None}})
            times += 1
        await asyncio.sleep(0.01)
    # Thirty are not put off, and a new period may have begun.
    assert 1 < times <= 61, times
    await node.until("said again", lambda: node.annotation("reason"))
    await node.agrees("halves", LAYOUTS)


async def stays(node: Node, layout, before=None):
    """What others changed is there in a while too, and is never called success, unless it was before."""
    states = set()
    for _ in range(1500):
        states |= {node.label(STATE)} - {before}
        if node.label(STATE) == "failed" and CHANGED in (node.annotation("reason") or ""):
            break
        await asyncio.sleep(0.02)
    await asyncio.sleep(1)
    assert node.label(STATE) == "failed" and "success" not in states, f"{node.name}: {states} {node.metadata}"
    assert layout in await layouts(node), node.last_lines()


def holder(node: Node):
    return node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}")["spec"].get("holderIdentity")


SCENARIOS = [
    (what_was_made_is_refused, "a100-sxm4-40gb"),
    (success_is_refused_and_nobody_is_paused, "a100-sxm4-40gb"),
    (a_change_ends_while_the_lease_is_refused, "a100-sxm4-40gb"),
    (another_agent_has_the_node_meanwhile, "a100-sxm4-40gb"),
    (what_is_said_is_undone_each_time, "a100-sxm4-40gb"),
]
