"""What happens to nodes, and what is true afterwards."""

import asyncio
import pathlib
import random
import signal

from api_server import CONFIG_MAPS, EVENTS, LEASES, NODES, PODS
from node import ANY, CLIENTS, DEPLOY, OURS, STATE, Node, free_port

NAMESPACE, OPERATOR, CONFIG_MAP = "nvml-mig", "gpu-operator", "default-mig-parted-config"
LAYOUTS = """\
version: v1
mig-configs:
  all-disabled:
    - {devices: all, mig-enabled: false}
  all-1g.5gb:
    - {devices: all, mig-enabled: true, mig-devices: {1g.5gb: 7}}
  halves:
    - {devices: all, mig-enabled: true, mig-devices: {3g.20gb: 2}}
  balanced:
    - {devices: all, mig-enabled: true, mig-devices: {3g.20gb: 1, 2g.10gb: 1, 1g.5gb: 2}}
  halves-of-80gb:
    - {devices: all, mig-enabled: true, mig-devices: {3g.40gb: 2}}
  too-much:
    - {devices: all, mig-enabled: true, mig-devices: {4g.20gb: 2}}
  unknown-profile:
    - {devices: all, mig-enabled: true, mig-devices: {9g.90gb: 1}}
"""
SLOW = ("nvmlDeviceCreateGpuInstanceWithPlacement", "nvmlGpuInstanceDestroy", "nvmlComputeInstanceDestroy")


def events(node: Node):
    named = [event for event in node.api.all(EVENTS) if event["regarding"]["name"] == node.name]
    return {event["reason"]: event["note"] for event in named}


async def event(node: Node, reason, text=""):
    """An Event comes after what it tells of."""
    if not node.api.has_events:
        return
    await node.until(f"Event {reason}", lambda: text in events(node).get(reason, "\0"))


async def slow_down(node: Node, milliseconds):
    for function in SLOW:
        await node.simulate("delay", "--call", function, "--ms", str(milliseconds))


async def a_label_is_set(node: Node):
    node.start()
    await node.until("ready", lambda: node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}"))
    await asyncio.sleep(0.3)
    assert node.label(STATE) is None and not node.paused()
    await node.want("balanced")
    await node.until("paused", lambda: node.paused() == ["device-plugin", "gpu-feature-discovery", "nvsm"])
    assert node.annotation("paused-clients") == "device-plugin,gpu-feature-discovery,nvsm"
    assert node.annotation("plan").startswith("GPU 0 (GPU-") and "create GPU instance 3g.20gb" in node.annotation("plan")
    await node.state("success", "balanced")
    await node.agrees("balanced", LAYOUTS)
    await event(node, "MigChange", "create GPU instance 3g.20gb")
    await event(node, "MigSuccess")
    await node.until("fit", lambda: '"more":{}' in (node.annotation("fit") or ""))
    await node.want("halves")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)
    status, text = await node.get("/metrics")
    assert status == 200 and 'nvml_mig_agent_applies_total{outcome="success"} 2' in text, text
    assert 'nvml_mig_agent_state{state="success"} 1' in text and text.endswith("# EOF\n"), text
    assert (await node.get("/healthz"))[0] == (await node.get("/readyz"))[0] == 200
    assert (await node.get("/other"))[0] == 404


async def what_can_not_be_is_not_tried(node: Node):
    await node.want("balanced")
    node.start()
    await node.state("success", "balanced")
    before = (await node.nvml_mig("snapshot")).stdout
    for config, reason in (("too-much", "does not fit"), ("unknown-profile", "9g.90gb"), ("nowhere", "nowhere")):
        await node.want(config)
        await node.state("failed", config)
        assert reason in node.annotation("reason"), node.annotation("reason")
        assert (node.annotation("fits-instead") is not None) == (config == "too-much")
        node.nobody_is_paused()
    assert (await node.nvml_mig("snapshot")).stdout == before
    await event(node, "MigFailed", "nowhere")
    await node.want("halves")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def changed_twice_while_it_works(node: Node):
    await slow_down(node, 150)
    await node.want("balanced")
    node.start()
    await node.until("paused", node.paused)
    await asyncio.sleep(0.5)
    await node.want("all-1g.5gb")
    await asyncio.sleep(0.3)
    await node.want("halves")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def the_config_map_is_changed(node: Node):
    """In a namespace of its own, since other nodes have the same file."""
    namespace = f"of-{node.name}"
    changed = LAYOUTS.replace("3g.20gb: 2", "2g.10gb: 3")
    await node.want("halves")
    node.start("--config-map-namespace", namespace)
    await node.until("said to be missing", lambda: "there is no ConfigMap" in (node.annotation("reason") or ""))
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"other.yaml": LAYOUTS})
    await node.until("said to have no key", lambda: "has no key" in (node.annotation("reason") or ""))
    for text in (LAYOUTS, changed):
        await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": text})
        expected = "2g.10gb" if text == changed else "3g.20gb"
        await node.until("changed", lambda: expected in (node.annotation("plan") or ""))
        await node.state("success", "halves")
        await node.agrees("halves", text)
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": "version: v1\nmig-configs: 7\n"})
    await node.state("failed", "halves")
    await node.api.delete(CONFIG_MAPS, namespace, CONFIG_MAP)
    await node.until("said to be missing", lambda: "there is no ConfigMap" in node.annotation("reason"))
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": changed})
    await node.state("success", "halves")
    await node.agrees("halves", changed)


async def busy_for_a_while(node: Node):
    await node.want("all-1g.5gb")
    # The end of nvsm can't be seen, so it gets this time.
    node.start("--client-timeout", "2")
    await node.state("success", "all-1g.5gb")
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "training")
    await node.want("halves")
    await node.until("busy", lambda: "4711" in (node.annotation("busy") or ""))
    await node.state("pending", "halves")
    node.nobody_is_paused()
    await event(node, "MigBusy", "4711")
    await asyncio.sleep(2)
    assert node.label(STATE) == "pending"
    _, metrics = await node.get("/metrics")
    assert "nvml_mig_agent_busy_retries_total 0" not in metrics
    await node.simulate("idle")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)
    assert node.annotation("busy") is None


async def busy_by_a_client(node: Node):
    """dcgm uses an instance until its pod has ended. Then a job does, for which clients are paused once, and not again."""
    await node.api.patch(NODES, None, node.name, metadata={"labels": {DEPLOY + "dcgm": "true"}})
    await node.want("all-1g.5gb")
    node.start("--client-timeout", "2")
    await node.state("success", "all-1g.5gb")
    await node.until("dcgm", lambda: node.api.find(PODS, OPERATOR, f"nvidia-dcgm-{node.name}"))
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "nv-hostengine")
    await node.want("halves")
    await node.until("ended", lambda: not node.api.find(PODS, OPERATOR, f"nvidia-dcgm-{node.name}"))
    await node.simulate("idle")
    await node.state("success", "halves")
    await event(node, "ClientsPaused", "4711 (nv-hostengine)")
    assert node.label(DEPLOY + "dcgm") == "true"
    await node.simulate("busy", "--gi", "1", "--ci", "0", "--pid", "4712", "--name", "training")
    await node.want("all-1g.5gb")
    await node.until("paused", node.paused)
    await node.state("pending", "all-1g.5gb")
    for _ in range(60):
        await asyncio.sleep(0.05)
        assert not node.paused()
    await node.simulate("idle")
    await node.state("success", "all-1g.5gb")
    await node.api.patch(NODES, None, node.name, metadata={"labels": {DEPLOY + "dcgm": "false"}})
    await node.agrees("all-1g.5gb", LAYOUTS)


async def a_client_that_nobody_lists(node: Node):
    """It is deployed by others, and takes a moment to end: clients are paused once, until it has."""
    client, pauses = DEPLOY + "client", 0
    await node.api.patch(NODES, None, node.name, metadata={"labels": {client: "true"}})
    await node.want("all-1g.5gb")
    node.start()
    await node.state("success", "all-1g.5gb")
    busy = ("busy", "--kind", "unlisted", "--gi", "7", "--pid", "4713")
    await node.simulate(*busy)

    async def run():
        nonlocal pauses
        while True:
            await node.until("paused", lambda: node.label(client) != "true")
            pauses += 1
            await asyncio.sleep(2)
            await node.simulate("idle")
            await node.until("resumed", lambda: node.label(client) == "true")
            await node.simulate(*busy)

    running = asyncio.create_task(run())
    await node.want("halves")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)
    running.cancel()
    assert pauses == 1 and node.label(client) == "true"


async def busy_for_too_long(node: Node):
    await node.want("all-1g.5gb")
    node.start("--busy-limit", "2", "--client-timeout", "1")
    await node.state("success", "all-1g.5gb")
    await node.simulate("busy", "--gi", "7", "--ci", "0", "--pid", "4711")
    await node.want("halves")
    await node.state("failed", "halves")
    assert "gave up after" in node.annotation("reason")
    await node.simulate("idle")
    await node.want("balanced")
    await node.state("success", "balanced")
    await node.agrees("balanced", LAYOUTS)


async def a_pod_that_does_not_end(node: Node):
    node.stuck.add("gpu-feature-discovery")
    await node.want("balanced")
    node.start("--client-timeout", "2")
    await node.until("paused", node.paused)
    await node.state("failed", "balanced")
    assert f"gpu-feature-discovery-{node.name}" in node.annotation("reason")
    node.nobody_is_paused()
    node.stuck.clear()
    # It tries again, later.
    await node.state("success", "balanced", 40)
    await node.agrees("balanced", LAYOUTS)


async def killed_in_each_phase(node: Node):
    configs = ["balanced", "halves", "all-1g.5gb"]
    await slow_down(node, 60)
    phases = {
        "planning": lambda config: node.annotation("config") == config,
        "paused": lambda config: node.annotation("config") == config and node.paused(),
        "waiting for pods": lambda config: node.annotation("config") == config and node.paused(),
        "resumed": lambda config: node.annotation("config") == config and node.label(STATE) == "success",
    }
    moments = [0.05, 0.2, 0.4, 0.6, 0.8, 1.0]
    number = 0
    for phase, is_reached in [*phases.items(), *(("changing", phases["paused"]) for _ in moments)]:
        config = configs[number % len(configs)]
        node.stuck = {"gpu-feature-discovery"} if phase == "waiting for pods" else set()
        node.start()
        await node.want(config)
        await node.until(phase, lambda: is_reached(config))
        if phase in ("waiting for pods", "changing"):
            await asyncio.sleep(moments[number % len(moments)])
        node.kill()
        node.stuck.clear()
        if number % 3 == 2:
            # Also while nobody is there.
            config = configs[(number + 2) % len(configs)]
            await node.want(config)
        node.start()
        await node.state("success", config)
        await node.agrees(config, LAYOUTS)
        node.kill()
        number += 1
    # Nobody is left paused if there is nothing to do any more.
    paused = {DEPLOY + "device-plugin": "paused-for-mig-change", "nvidia.com/mig.config": None}
    await node.api.patch(NODES, None, node.name, metadata={"labels": paused, "annotations": {OURS + "paused-clients": "device-plugin"}})
    node.start()
    await node.until("resumed", lambda: not node.paused())
    node.nobody_is_paused()


async def killed_and_then_not_wanted(node: Node):
    """The label names nothing that can be made, or is gone: the GPU is as before all the same."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    before = (await node.nvml_mig("snapshot")).stdout
    steps = lambda: (node.folder / "log").read_text().count("[6/18]")
    for number, config in enumerate(("nowhere", None)):
        await slow_down(node, 300)
        await node.want("all-1g.5gb")
        await node.until("changing", lambda: steps() > number)
        node.kill()
        await node.simulate("clear-faults")
        assert (await node.nvml_mig("snapshot")).stdout != before
        await node.want(config)
        assert node.is_scheduled()
        node.start()
        await node.until("resumed", lambda: not node.paused())
        assert (await node.nvml_mig("snapshot")).stdout == before
        if config:
            await node.state("failed", config)
            await event(node, "MigFailed", "an earlier change was interrupted")
    node.nobody_is_paused()


async def the_label_is_removed_in_the_middle(node: Node):
    """The DaemonSet keeps the agent until nothing is left to do. If it is ended all the same, it takes back what it wrote."""
    assert not node.is_scheduled()
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    await slow_down(node, 250)
    before = (await node.nvml_mig("snapshot")).stdout
    for ended in (True, False):
        await node.want("all-1g.5gb")
        await node.until("paused", node.paused)
        await asyncio.sleep(0.6)
        await node.want(None)
        assert node.is_scheduled()
        if ended:
            await node.end(within=5)
            assert (await node.nvml_mig("snapshot")).stdout == before
        await node.until("done", lambda: not node.is_scheduled())
        node.nobody_is_paused()
        left = [it for it in (STATE, *map(OURS.__add__, ("state", "config", "plan", "reason"))) if it in str(node.metadata)]
        assert not left, f"{node.name}: {left}"
        if ended:
            node.start()


async def ended_in_the_middle(node: Node):
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    await slow_down(node, 250)
    before = (await node.nvml_mig("snapshot")).stdout
    await node.want("all-1g.5gb")
    await node.until("paused", node.paused)
    await asyncio.sleep(0.6)
    # Rolling back takes some of the slow calls.
    await node.end(within=5)
    node.nobody_is_paused()
    assert (await node.nvml_mig("snapshot")).stdout == before
    assert node.label(STATE) == "pending"
    assert node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}")["spec"].get("holderIdentity") is None
    await node.simulate("clear-faults")
    node.start(identity="another-pod")
    await node.state("success", "all-1g.5gb")
    await node.agrees("all-1g.5gb", LAYOUTS)
    await node.end(within=1)


async def a_call_of_the_driver_does_not_return(node: Node):
    await node.want("balanced")
    node.start("--hang-limit", "2")
    await node.state("success", "balanced")
    await node.simulate("delay", "--call", "nvmlGpuInstanceDestroy", "--ms", "30000")
    await node.want("halves")
    await node.until("told", lambda: "has not returned for 2 s" in node.annotation("reason"))
    await event(node, "MigDriverHangs")
    # Nobody knows what the clients would find.
    assert node.label(STATE) == "failed" and node.paused()
    assert (await node.get("/healthz"))[0] == 503
    await node.end(within=2)
    assert node.paused() and node.annotation("paused-clients")
    await node.simulate("clear-faults")
    node.start()
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)
    # What changes nothing need not be waited for.
    await node.simulate("delay", "--call", "nvmlInit_v2", "--ms", "5000")
    await node.want("balanced")
    await node.state("pending", "balanced")
    await node.end(within=1)


async def the_process_before_hangs(node: Node):
    """It is killed in a call of the driver, so it stays and keeps the lock; as if it were stopped."""
    await node.want("halves")
    node.start("--hang-limit", "2")
    await node.state("success", "halves")
    await node.simulate("delay", "--call", "nvmlGpuInstanceDestroy", "--ms", "25000")
    await node.want("all-1g.5gb")
    await node.until("told", lambda: "has not returned for 2 s" in node.annotation("reason"))
    before, node.agent, node.port = node.agent, None, free_port()
    before.send_signal(signal.SIGSTOP)
    try:
        await node.want("nowhere")
        for _ in range(2):
            node.start()
            await node.until("said", lambda: "waiting for another process" in node.annotation("reason"))
            await asyncio.sleep(1)
            assert node.label(STATE) == "pending" and node.paused() and node.annotation("paused-clients")
            await node.end(within=2)
        assert node.paused() and node.annotation("paused-clients")
    finally:
        before.kill()
        before.wait()
    await node.simulate("clear-faults")
    node.start()
    await node.state("failed", "nowhere")
    node.nobody_is_paused()
    assert "everything was restored" in node.annotation("reason")
    await node.until("fit", lambda: '"3g.20gb:0, 3g.20gb:4"' in node.annotation("fit"))


async def the_driver_is_reloaded(node: Node):
    await node.want("halves")
    node.start("--fit-period", "1")
    await node.state("success", "halves")
    # What others change is left alone.
    await node.nvml_mig("destroy", "--yes", "--lock-folder", node.folder / "lock", "1")
    before = (await node.nvml_mig("snapshot")).stdout
    await asyncio.sleep(2.5)
    assert (await node.nvml_mig("snapshot")).stdout == before and node.label(STATE) == "failed"
    assert "another program has changed" in node.annotation("reason")
    await node.simulate("reload-driver")
    await node.until("seen", lambda: node.label(STATE) == "pending")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def a_job_is_first_after_a_reload(node: Node):
    """The reload turns MIG mode off, and a job on the whole GPU keeps it off: that is no success."""
    await node.want("halves-of-80gb")
    node.start("--fit-period", "1", "--client-timeout", "1")
    await node.state("success", "halves-of-80gb")
    await node.simulate("reload-driver")
    await node.simulate("busy", "--pid", "4711", "--name", "training")
    await node.until("busy", lambda: "4711" in (node.annotation("busy") or ""))
    await node.state("pending", "halves-of-80gb")
    await node.simulate("idle")
    await node.state("success", "halves-of-80gb")
    await node.agrees("halves-of-80gb", LAYOUTS)


async def nobody_restarts_the_clients(node: Node):
    """Without the operator there are no labels by which clients are restarted."""
    for client in CLIENTS:
        await node.api.patch(NODES, None, node.name, metadata={"labels": {DEPLOY + client: None}})
    await node.want("halves")
    node.start()
    await node.until("success", lambda: node.label(STATE) == "success")
    await event(node, "MigSuccess", "restart what lists MIG devices only when it starts")


async def containers_can_not_use_it(node: Node):
    """The simulated driver has no capability files, without which there is no CDI specification."""
    await node.want("halves")
    node.start("--cdi-spec", str(node.folder / "cdi/nvidia.json"))
    await node.state("failed", "halves")
    for part in ("the GPUs have the layout, but", "nvidia.json could not be renewed", "mig-minors"):
        assert part in node.annotation("reason"), node.annotation("reason")
    await event(node, "MigFailed", "nvidia.json could not be renewed")
    before = (await node.nvml_mig("snapshot")).stdout
    log = lambda: (node.folder / "log").read_text()
    # It is tried again, and the GPUs stay as they are.
    await node.until("tried again", lambda: log().count("could not be renewed, ") >= 5)
    assert (await node.nvml_mig("snapshot")).stdout == before and log().count("read back") == 1
    await node.end(within=2)
    node.start()
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def probes_come_by_ipv6_or_ipv4(node: Node):
    """As by default. A kernel without IPv6 leaves IPv4."""
    node.start(address="[::]")
    await node.until("ready", lambda: node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}"))
    has_ipv6 = pathlib.Path("/proc/net/if_inet6").exists()
    for address in ("127.0.0.1", *(["[::1]"] if has_ipv6 else [])):
        assert (await node.get("/healthz", address))[0] == 200


async def everybody_changes_the_node(node: Node):
    async def heartbeat():
        for number in range(100_000):
            await node.api.patch(NODES, None, node.name, metadata={"annotations": {"heartbeat": str(number)}})
            await asyncio.sleep(random.uniform(0, 0.05))

    conflicts = node.api.conflicts
    beating = asyncio.create_task(heartbeat())
    node.start()
    for config in ("balanced", "halves", "balanced"):
        await node.want(config)
        await node.state("success", config)
    beating.cancel()
    await node.agrees("balanced", LAYOUTS)
    print(f"{node.name}: {node.api.conflicts - conflicts} conflicts")


async def the_server_refuses_the_last_word(node: Node):
    """As an admission webhook does. Nobody waits for that with paused clients."""
    node.api.refused[node.name] = "success"
    await node.want("halves")
    node.start()
    await node.until("paused", node.paused)
    await node.state("pending", "halves")
    node.nobody_is_paused()
    del node.api.refused[node.name]
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def mig_manager_is_there(node: Node):
    await node.api.create(
        PODS, OPERATOR, f"mig-manager-{node.name}",
        metadata={"labels": {"app": "nvidia-mig-manager"}}, spec={"nodeName": node.name, **ANY},
    )
    await node.want("halves")
    node.start()
    await node.until("said", lambda: "mig-manager runs on this node" in (node.annotation("reason") or ""))
    await asyncio.sleep(1)
    assert node.label(STATE) is None
    await event(node, "MigManagerRuns")
    assert (await node.get("/readyz"))[0] == 503
    # It was killed while clients were paused, and nobody else resumes them.
    await node.api.patch(NODES, None, node.name, metadata={"labels": {DEPLOY + "nvsm": "paused-for-mig-change"}})
    await node.api.delete(PODS, OPERATOR, f"mig-manager-{node.name}")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def a_second_agent(node: Node):
    await node.want("halves")
    node.start("--lease-duration", "3")
    await node.state("success", "halves")
    second = node.start("--lease-duration", "3", identity="second", port=free_port())
    await event(node, "MigSecondAgent", "another agent, agent-")
    await node.want("balanced")
    await node.state("success", "balanced")
    node.kill()
    node.agent = second
    await node.want("all-1g.5gb")
    await node.state("success", "all-1g.5gb")
    await node.agrees("all-1g.5gb", LAYOUTS)
    assert node.api.find(LEASES, NAMESPACE, f"nvml-mig-{node.name}")["spec"]["holderIdentity"] == "second"


async def another_program_writes_the_state(node: Node):
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    await node.api.patch(NODES, None, node.name, metadata={"labels": {STATE: "failed"}})
    await node.state("success", "halves")
    await event(node, "MigStateOverwritten", "from success to failed")
    await node.api.patch(NODES, None, node.name, metadata={"labels": {STATE: "failed"}})
    await node.until("left", lambda: "another program writes" in node.annotation("reason"))
    assert node.label(STATE) == "failed"
    await node.want("balanced")
    await node.state("success", "balanced")
    await node.agrees("balanced", LAYOUTS)


# Each on a node of its own, many at once.
SCENARIOS = [
    (a_label_is_set, "a100-sxm4-40gb"),
    (what_can_not_be_is_not_tried, "a100-sxm4-40gb"),
    (changed_twice_while_it_works, "a100-sxm4-40gb"),
    (the_config_map_is_changed, "a100-sxm4-40gb,mig=off"),
    (busy_for_a_while, "a100-sxm4-40gb"),
    (busy_by_a_client, "a100-sxm4-40gb"),
    (a_client_that_nobody_lists, "a100-sxm4-40gb"),
    (busy_for_too_long, "a100-sxm4-40gb"),
    (a_pod_that_does_not_end, "a100-sxm4-40gb"),
    (killed_in_each_phase, "a100-sxm4-40gb"),
    (killed_and_then_not_wanted, "a100-sxm4-40gb"),
    (the_label_is_removed_in_the_middle, "a100-sxm4-40gb"),
    (ended_in_the_middle, "a100-sxm4-40gb"),
    (a_call_of_the_driver_does_not_return, "a100-sxm4-40gb"),
    (the_process_before_hangs, "a100-sxm4-40gb"),
    (the_driver_is_reloaded, "a100-sxm4-40gb"),
    (a_job_is_first_after_a_reload, "h100-sxm5-80gb"),
    (nobody_restarts_the_clients, "a100-sxm4-40gb"),
    (containers_can_not_use_it, "a100-sxm4-40gb"),
    (probes_come_by_ipv6_or_ipv4, "a100-sxm4-40gb"),
    (everybody_changes_the_node, "a100-sxm4-40gb"),
    (the_server_refuses_the_last_word, "a100-sxm4-40gb"),
    (mig_manager_is_there, "a100-sxm4-40gb"),
    (a_second_agent, "a100-sxm4-40gb"),
    (another_program_writes_the_state, "a100-sxm4-40gb"),
]
