"""Clients that would find GPUs of which nobody knows in what state they are."""

import asyncio

from api_server import LEASES, PODS
from node import ANY, STATE, Node
from scenarios import LAYOUTS, NAMESPACE, OPERATOR, event, slow_down


async def snapshot(node: Node):
    return (await node.nvml_mig("snapshot")).stdout


async def wanted_during_a_slow_destruction(node: Node, ms: str):
    """Clients are paused for a change that waits for the lock of another process, which is returned."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    await node.simulate("delay", "--call", "nvmlGpuInstanceDestroy", "--ms", ms)
    destroying = await node.begin_by_hand("destroy", "--yes", "--all")
    await node.want("balanced")
    await node.until("paused", node.paused)
    return destroying


async def ended_while_another_process_has_the_lock(node: Node):
    """The other process is in the middle of its change, so nobody is resumed."""
    destroying = await wanted_during_a_slow_destruction(node, "6000")
    await node.until("waits", lambda: "waiting for another process" in node.last_lines())
    await node.end(within=2)
    assert destroying.returncode is None
    assert node.paused() and node.annotation("paused-clients"), f"{node.name}: {node.metadata}"
    await destroying.wait()
    await node.simulate("clear-faults")
    node.start()
    await node.state("success", "balanced")
    node.nobody_is_paused()


async def it_says_who_has_the_lock(node: Node):
    destroying = await wanted_during_a_slow_destruction(node, "8000")
    await node.until("said", lambda: "waiting for another process" in node.annotation("reason"), 14)
    assert node.label(STATE) == "pending" and destroying.returncode is None
    while destroying.returncode is None:
        assert node.paused()
        await asyncio.sleep(0.02)
    await node.simulate("clear-faults")
    while node.label(STATE) != "success":
        # Nobody comes back for a moment.
        assert node.paused()
        await asyncio.sleep(0.02)
    await node.agrees("balanced", LAYOUTS)


async def a_look_hangs_and_nothing_is_wanted(node: Node):
    """The clients are paused to see whether they use what has to go, and the label is removed meanwhile."""
    await node.want("all-1g.5gb")
    node.start("--hang-limit", "3", "--client-timeout", "5")
    await node.state("success", "all-1g.5gb")
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "training")
    node.stuck.add("nvidia-device-plugin-daemonset")
    await node.want("halves")
    await node.until("paused", node.paused)
    await node.simulate("delay", "--call", "nvmlInit_v2", "--ms", "20000")
    node.stuck.clear()
    await asyncio.sleep(1)
    await node.want(None)
    await node.until("resumed", lambda: not node.paused(), 10)
    node.nobody_is_paused()
    assert node.label(STATE) is None and node.annotation("reason") is None, node.metadata
    node.kill()


async def mig_manager_comes_to_a_half_made_gpu(node: Node):
    """Beside it nothing is rolled back, so nobody is resumed either."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    before = await snapshot(node)
    await slow_down(node, 300)
    await node.want("all-1g.5gb")
    await node.until("changing", lambda: "[6/18]" in node.last_lines())
    node.kill()
    await node.api.patch(LEASES, NAMESPACE, f"nvml-mig-{node.name}", spec={"holderIdentity": None})
    await node.simulate("clear-faults")
    half = await snapshot(node)
    assert half != before
    manager = f"mig-manager-{node.name}"
    await node.api.create(
        PODS, OPERATOR, manager, metadata={"labels": {"app": "nvidia-mig-manager"}}, spec={"nodeName": node.name, **ANY}
    )
    for _ in range(2):
        node.start()
        await node.until("begun", lambda: node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}")["spec"].get("holderIdentity"))
        await node.until("said", lambda: "that it paused stay so" in (node.annotation("reason") or ""))
        await asyncio.sleep(0.5)
        assert "as an interrupted change left it" in node.annotation("reason"), node.annotation("reason")
        await event(node, "MigManagerRuns", "stay so")
        assert node.paused() and node.is_scheduled()
        await node.end(within=2)
        assert node.paused() and await snapshot(node) == half
    node.start()
    await node.want("nowhere")
    await node.api.delete(PODS, OPERATOR, manager)
    await node.state("failed", "nowhere")
    node.nobody_is_paused()
    assert await snapshot(node) == before


SCENARIOS = [
    (ended_while_another_process_has_the_lock, "a100-sxm4-40gb"),
    (it_says_who_has_the_lock, "a100-sxm4-40gb"),
    (a_look_hangs_and_nothing_is_wanted, "a100-sxm4-40gb"),
    (mig_manager_comes_to_a_half_made_gpu, "a100-sxm4-40gb"),
]
