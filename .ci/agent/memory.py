"""What others change is theirs, and no state is about another layout."""

import asyncio
import json
import uuid

from api_server import CONFIG_MAPS, NODES
from node import OURS, STATE, Node
from scenarios import CONFIG_MAP, LAYOUTS, slow_down

CHANGED = "another program has changed them since"


async def by_hand(node: Node, *arguments):
    return await node.nvml_mig(*arguments, "--lock-folder", node.folder / "lock")


async def layouts(node: Node):
    return (await node.nvml_mig("export", "--format", "text")).stdout


async def changed_by_hand(node: Node, *arguments):
    """Has had the layout, and is another one now."""
    await node.state("success", "halves")
    await by_hand(node, "apply", "--yes", *arguments, "7*1g.5gb")
    await node.state("failed", "halves")
    assert CHANGED in node.annotation("reason"), node.annotation("reason")
    return await layouts(node)


async def only_what_is_lost_is_made_again(node: Node):
    """GPU 0 is a person's, and GPU 1 loses its instances."""
    await node.want("halves")
    node.start("--fit-period", "1")
    await node.state("success", "halves")
    before = await layouts(node)
    changed = await changed_by_hand(node, "-i", "0")
    await by_hand(node, "destroy", "--yes", "-i", "1", "--all")
    await node.until("made", lambda: (node.annotation("plan") or "").startswith("GPU 1 "))
    await node.state("failed", "halves")
    node.nobody_is_paused()
    assert CHANGED in node.annotation("reason") and "GPU 0" in node.annotation("reason"), node.annotation("reason")
    assert await layouts(node) == changed != before
    # It is made as a whole if it is wanted anew.
    await node.want(None)
    await node.want("halves")
    await node.state("success", "halves")
    assert await layouts(node) == before


async def a_look_in_the_middle_of_another_change(node: Node):
    """The GPU has no instance for a moment, which is no loss: nobody is paused, and the other change stays."""
    await node.want("halves")
    node.start("--fit-period", "1")
    await node.state("success", "halves")
    await node.simulate("delay", "--call", "nvmlDeviceCreateGpuInstanceWithPlacement", "--ms", "4000")
    changing = await node.begin_by_hand("apply", "--yes", "7g.40gb")
    while changing.returncode is None:
        assert not node.paused()
        await asyncio.sleep(0.02)
    await node.simulate("clear-faults")
    assert changing.returncode == 0
    await node.until("seen", lambda: CHANGED in node.annotation("reason"))
    await asyncio.sleep(2.5)
    assert "7g.40gb" in await layouts(node) and node.label(STATE) == "failed"


async def a_change_by_hand_is_interrupted(node: Node):
    """What a killed process left is nobody's layout: it is rolled back."""
    await node.want("halves")
    node.start("--fit-period", "1")
    await node.state("success", "halves")
    before = await layouts(node)
    await slow_down(node, 300)
    changing = await node.begin_by_hand("apply", "--yes", "7*1g.5gb")
    await node.until("changing", lambda: "[6/18]" in node.last_lines())
    changing.kill()
    await changing.wait()
    await node.simulate("clear-faults")
    await node.until("rolled back", lambda: "an earlier change was interrupted" in node.last_lines())
    await node.state("success", "halves")
    assert await layouts(node) == before


async def what_was_changed_by_hand_stays(node: Node):
    """After the agent's restart, and after a change of the ConfigMap that does not matter."""
    namespace = f"of-{node.name}"
    options = ("--fit-period", "1", "--config-map-namespace", namespace)
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("halves")
    node.start(*options)
    changed = await changed_by_hand(node)
    await node.end(within=2)
    node.start(*options)
    await asyncio.sleep(2)
    node.kill()
    node.start(*options)
    await asyncio.sleep(2)
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS + "# a comment\n"})
    await asyncio.sleep(1)
    await node.api.delete(CONFIG_MAPS, namespace, CONFIG_MAP)
    await node.until("said to be missing", lambda: "there is no ConfigMap" in node.annotation("reason"))
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.until("seen", lambda: CHANGED in node.annotation("reason"))
    await asyncio.sleep(1)
    assert await layouts(node) == changed and node.label(STATE) == "failed"
    # Another layout by the same name is made.
    other = LAYOUTS.replace("3g.20gb: 2", "2g.10gb: 3")
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": other})
    await node.state("success", "halves")
    await node.agrees("halves", other)


async def a_file_that_is_away_when_its_change_ends(node: Node):
    """The change was made, so what a person makes of it stays when the file is back."""
    namespace = f"of-{node.name}"
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("all-1g.5gb")
    node.start("--fit-period", "1", "--config-map-namespace", namespace)
    await node.state("success", "all-1g.5gb")
    await slow_down(node, 150)
    await node.want("halves")
    await node.until("changing", lambda: "[3/18]" in node.last_lines())
    await node.api.delete(CONFIG_MAPS, namespace, CONFIG_MAP)
    await node.until("said to be missing", lambda: "there is no ConfigMap" in node.annotation("reason"))
    await node.simulate("clear-faults")
    await by_hand(node, "apply", "--yes", "7g.40gb")
    changed = await layouts(node)
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.until("seen", lambda: CHANGED in node.annotation("reason"))
    await asyncio.sleep(2)
    assert await layouts(node) == changed and node.label(STATE) == "failed"


async def a_server_that_refuses_what_was_made(node: Node):
    """The agent remembers what it could not write, and does not say later what is not so any more."""
    node.api.refused[node.name] = '"nvidia.com/mig.config.state": "success"'
    await node.want("halves")
    node.start()
    await node.until("refused", lambda: "a request failed" in node.last_lines())
    await by_hand(node, "apply", "--yes", "7g.40gb")
    changed = await layouts(node)
    await node.until("seen", lambda: CHANGED in node.annotation("reason"), 30)
    node.api.refused.pop(node.name)
    await asyncio.sleep(2)
    assert await layouts(node) == changed and node.label(STATE) == "failed"
    node.nobody_is_paused()


async def no_state_is_about_another_layout(node: Node):
    """What is wanted anew is not a success before it has been looked at, which takes a while."""
    namespace = f"of-{node.name}"
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("halves")
    node.start("--config-map-namespace", namespace)
    await node.state("success", "halves")
    await node.want(None)
    await asyncio.sleep(0.5)
    await by_hand(node, "destroy", "--yes", "--all")
    for text in (LAYOUTS, LAYOUTS.replace("3g.20gb: 2", "2g.10gb: 3")):
        await node.simulate("delay", "--call", "nvmlInit_v2", "--ms", "5000")
        if text == LAYOUTS:
            await node.want("halves")
        else:
            await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": text})
        await node.until("pending", lambda: node.label(STATE) == "pending", 4)
        await node.simulate("clear-faults")
        await node.state("success", "halves")
        await node.agrees("halves", text)


async def a_gpu_that_can_not_be_read(node: Node):
    """GPU 0 gets the layout alone, and what a person makes of it then stays, also when GPU 1 is back."""
    await node.want("halves")
    await node.simulate("reach", "--gpu", "1", "lost")
    node.start("--fit-period", "1")
    await node.state("failed", "halves")
    assert "can't be read" in node.annotation("reason"), node.annotation("reason")
    await by_hand(node, "apply", "--yes", "-i", "0", "7*1g.5gb")
    # Also after a restart, which looks at once.
    await node.end(within=2)
    node.start("--fit-period", "1")
    await node.until("seen", lambda: CHANGED in node.annotation("reason"))
    await asyncio.sleep(2)
    await node.simulate("reach", "--gpu", "1", "ok")
    await node.until("made", lambda: (node.annotation("plan") or "").startswith("GPU 1 "))
    await node.state("failed", "halves")
    assert CHANGED in node.annotation("reason"), node.annotation("reason")
    assert await layouts(node) == SEVEN_AND_HALVES, await layouts(node)
    node.nobody_is_paused()


async def a_gpu_that_is_in_use(node: Node):
    """GPU 0 has the layout and is changed, all while GPU 1 can't get it."""
    await by_hand(node, "apply", "--yes", "-i", "0", "2*3g.20gb")
    await by_hand(node, "apply", "--yes", "-i", "1", "7*1g.5gb")
    await node.simulate("busy", "--gpu", "1", "--gi", "7", "--ci", "0", "--pid", "4711", "--name", "training")
    await node.want("halves")
    node.start("--fit-period", "1", "--client-timeout", "1")
    await node.until("busy", lambda: "4711" in (node.annotation("busy") or ""))
    await node.state("pending", "halves")
    await by_hand(node, "apply", "--yes", "-i", "0", "7*1g.5gb")
    await node.simulate("idle")
    await node.state("failed", "halves")
    assert CHANGED in node.annotation("reason"), node.annotation("reason")
    assert await layouts(node) == SEVEN_AND_HALVES, await layouts(node)
    node.nobody_is_paused()


async def another_gpu_in_its_place(node: Node):
    """A GPU that comes with MIG mode on, or with instances, has not had the layout; the other one has."""
    await node.want("all-disabled")
    node.start("--fit-period", "1")
    await node.state("success", "all-disabled")
    await node.end(within=2)
    for gpus, state in ((), "failed"), ((0, 1), "success"):
        await by_hand(node, "mode", "enable", "--yes")
        for gpu in gpus:
            swap(node, gpu)
        node.start("--fit-period", "1")
        await node.state(state, "all-disabled")
        await node.end(within=2)
    await node.want("halves")
    node.start("--fit-period", "1")
    await changed_by_hand(node, "-i", "0")
    await node.end(within=2)
    swap(node, 1)
    await by_hand(node, "apply", "--yes", "-i", "1", "7*1g.5gb")
    node.start("--fit-period", "1")
    await node.until("made", lambda: (node.annotation("plan") or "").startswith("GPU 1 "))
    await node.state("failed", "halves")
    assert CHANGED in node.annotation("reason") and "GPU 0" in node.annotation("reason"), node.annotation("reason")
    assert await layouts(node) == SEVEN_AND_HALVES, await layouts(node)


async def set_anew_while_no_agent_runs(node: Node):
    """Nobody sees it, and the reason says what helps; so does the removal of the annotation."""
    await node.want("halves")
    node.start("--fit-period", "1")
    changed = await changed_by_hand(node)
    await node.end(within=2)
    await node.want(None)
    await node.want("halves")
    node.start("--fit-period", "1")
    await asyncio.sleep(2)
    assert await layouts(node) == changed and node.label(STATE) == "failed"
    assert "until the label is removed while an agent runs, and set" in node.annotation("reason"), node.annotation("reason")
    await node.want(None)
    await node.want("halves")
    await node.until("pending", lambda: node.label(STATE) == "pending")
    await changed_by_hand(node)
    await node.end(within=2)
    await node.api.patch(NODES, None, node.name, metadata={"annotations": {OURS + "applied": None}})
    node.start("--fit-period", "1")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


def swap(node: Node, gpu):
    """Another GPU of the same kind, with the same MIG mode and instances. Nobody may use the machine meanwhile."""
    file = node.folder / "machine.json"
    machine = json.loads(file.read_text())
    machine["machine"]["gpus"][gpu]["uuid"] = str(uuid.uuid4())
    file.write_text(json.dumps(machine))


SEVEN_AND_HALVES = f"GPU 0: {', '.join(f'1g.5gb:{at}' for at in range(7))}\nGPU 1: 3g.20gb:0, 3g.20gb:4\n"
TWO = "a100-sxm4-40gb+a100-sxm4-40gb"
SCENARIOS = [
    (only_what_is_lost_is_made_again, TWO),
    (a_look_in_the_middle_of_another_change, "a100-sxm4-40gb"),
    (a_change_by_hand_is_interrupted, "a100-sxm4-40gb"),
    (what_was_changed_by_hand_stays, "a100-sxm4-40gb"),
    (a_file_that_is_away_when_its_change_ends, "a100-sxm4-40gb"),
    (a_server_that_refuses_what_was_made, "a100-sxm4-40gb"),
    (no_state_is_about_another_layout, "a100-sxm4-40gb"),
    (a_gpu_that_can_not_be_read, TWO),
    (a_gpu_that_is_in_use, TWO),
    (another_gpu_in_its_place, TWO),
    (set_anew_while_no_agent_runs, "a100-sxm4-40gb"),
]
