"""Clients that would find GPUs of which nobody knows in what state they are."""

import asyncio
import fcntl

from api_server import LEASES, PODS
from node import ANY, STATE, Node
from scenarios import LAYOUTS, NAMESPACE, OPERATOR, event, slow_down


async def snapshot(node: Node):
    return (await node.nvml_mig("snapshot")).stdout


async def kill_in_a_change(node: Node):
    """Kills the agent in the middle of the change from halves to all-1g.5gb, and returns what the GPU had before."""
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
    return before


async def begin_a_slow_destruction(node: Node, ms: str):
    """By another process, which is returned: it has the lock for so long."""
    await node.simulate("delay", "--call", "nvmlGpuInstanceDestroy", "--ms", ms)
    destroying = await node.begin_by_hand("destroy", "--yes", "--all")
    await asyncio.sleep(0.5)
    assert destroying.returncode is None
    return destroying


async def ended_while_another_process_has_the_lock(node: Node):
    """The other process took it after the clients were paused and is in the middle of its change, so nobody is resumed."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    node.stuck.add("nvidia-device-plugin-daemonset")
    await node.want("balanced")
    await node.until("paused", node.paused)
    destroying = await begin_a_slow_destruction(node, "6000")
    node.stuck.clear()
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
    """Nobody is paused for a change that can't begin."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    destroying = await begin_a_slow_destruction(node, "8000")
    await node.want("balanced")
    await node.until("said", lambda: "waiting for another process" in node.annotation("reason"), 14)
    assert node.label(STATE) == "pending" and destroying.returncode is None
    while destroying.returncode is None:
        assert not node.paused()
        await asyncio.sleep(0.02)
    await node.simulate("clear-faults")
    await node.state("success", "balanced")
    await node.agrees("balanced", LAYOUTS)


async def another_process_keeps_the_lock(node: Node):
    """It takes it after the clients were paused: they wait for it only so long."""
    await node.want("halves")
    node.start("--client-timeout", "4")
    await node.state("success", "halves")
    before = await snapshot(node)
    node.stuck.add("nvidia-device-plugin-daemonset")
    await node.want("balanced")
    await node.until("paused", node.paused)
    with open(node.folder / "lock" / "lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node.stuck.clear()
        await node.until("resumed", lambda: not node.paused(), 12)
        node.nobody_is_paused()
        await asyncio.sleep(3)
        assert not node.paused() and node.label(STATE) == "pending" and await snapshot(node) == before
    await node.state("success", "balanced")


async def what_is_in_use_while_another_process_has_the_lock(node: Node):
    """A job that is no client is in the way, and the lock was held before the agent began: nobody is paused to see who it is."""
    await node.want("all-1g.5gb")
    node.start()
    await node.state("success", "all-1g.5gb")
    await node.end(within=2)
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "training")
    with open(node.folder / "lock" / "lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        await node.want("halves")
        node.start("--client-timeout", "2")
        await node.until("said", lambda: "waiting for another process" in (node.annotation("reason") or ""))
        for _ in range(200):
            await asyncio.sleep(0.02)
            assert not node.paused() and node.label(STATE) == "pending", node.metadata
    assert "ClientsPaused" not in (node.folder / "log").read_text()
    await node.until("busy", lambda: "4711" in (node.annotation("busy") or ""))
    await node.simulate("idle")
    await node.state("success", "halves")


async def killed_before_another_process_took_the_lock(node: Node):
    """Clients were paused to see who uses an instance, and no change was begun: they wait for the lock only so long."""
    await node.want("all-1g.5gb")
    node.start()
    await node.state("success", "all-1g.5gb")
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "training")
    node.stuck.add("nvidia-device-plugin-daemonset")
    await node.want("halves")
    await node.until("paused", node.paused)
    node.kill()
    with open(node.folder / "lock" / "lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node.start("--client-timeout", "3")
        await node.until("said", lambda: "waiting for another process" in (node.annotation("reason") or ""))
        assert node.paused()
        await node.until("resumed", lambda: not node.paused(), 12)
        node.nobody_is_paused()


async def killed_in_a_change_before_another_process_took_the_lock(node: Node):
    """It may be restoring the GPUs, so the clients wait for its end, however long that takes."""
    await kill_in_a_change(node)
    with open(node.folder / "lock" / "lock", "a", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node.start("--client-timeout", "2")
        await node.until("said", lambda: "waiting for another process" in (node.annotation("reason") or ""))
        for _ in range(300):
            await asyncio.sleep(0.02)
            assert node.paused(), node.metadata
    await node.state("success", "all-1g.5gb")
    await node.agrees("all-1g.5gb", LAYOUTS)


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
    before = await kill_in_a_change(node)
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
    (another_process_keeps_the_lock, "a100-sxm4-40gb"),
    (what_is_in_use_while_another_process_has_the_lock, "a100-sxm4-40gb"),
    (killed_before_another_process_took_the_lock, "a100-sxm4-40gb"),
    (killed_in_a_change_before_another_process_took_the_lock, "a100-sxm4-40gb"),
    (a_look_hangs_and_nothing_is_wanted, "a100-sxm4-40gb"),
    (mig_manager_comes_to_a_half_made_gpu, "a100-sxm4-40gb"),
]
