"""Reboots that a change of MIG mode needs: the GPU is passed through to a virtual machine, which can't reset it."""

import asyncio
import contextlib
import pathlib

from api_server import CONFIG_MAPS, NODES
from node import OURS, STATE, Node
from scenarios import CONFIG_MAP, LAYOUTS, event


async def a_reboot_is_asked_for(node: Node):
    await node.want("halves")
    node.start("--reboot", "annotation", "--reboot-annotation", "example.com/reboot")
    await node.state("rebooting", "halves")
    asked = lambda: node.metadata["annotations"].get("example.com/reboot")
    assert asked() == "true"
    await event(node, "MigRebootNeeded")
    node.nobody_is_paused()
    node.kill()
    # A restart of the agent is no reboot.
    node.start("--reboot", "annotation", "--reboot-annotation", "example.com/reboot")
    await asyncio.sleep(1)
    assert node.label(STATE) == "rebooting" and asked() == "true"
    node.kill()
    await reboot(node)
    node.start("--reboot", "annotation", "--reboot-annotation", "example.com/reboot")
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)
    assert asked() is None and node.annotation("reboot") is None


async def a_reboot_is_not_wanted_any_more(node: Node):
    options = ("--reboot", "annotation", "--reboot-annotation", "example.com/reboot")
    asked = lambda: node.metadata["annotations"].get("example.com/reboot")
    await node.want("halves")
    node.start(*options)
    await node.state("rebooting", "halves")
    await node.want(None)
    await node.until("taken back", lambda: asked() is None and node.label(STATE) is None)
    assert node.annotation("reboot") is node.annotation("state") is None
    await node.want("halves")
    await node.state("rebooting", "halves")
    assert asked() == "true"
    node.kill()
    # The site chose another policy meanwhile.
    node.start()
    await node.state("failed", "halves")
    assert asked() is None and node.annotation("reboot") is None


async def the_file_is_corrected_before_the_reboot(node: Node):
    """MIG mode need not change after all, for which nobody has to reboot the node."""
    namespace, corrected = f"of-{node.name}", LAYOUTS.replace("true, mig-devices: {3g.20gb: 2}", "false")
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("halves")
    node.start("--config-map-namespace", namespace, "--reboot", "annotation", "--reboot-annotation", "example.com/reboot")
    await node.state("rebooting", "halves")
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": corrected})
    await node.state("success", "halves")
    await node.agrees("halves", corrected)
    assert "example.com/reboot" not in node.metadata["annotations"] and node.annotation("reboot") is None


async def it_reboots(node: Node):
    asked = node.folder / "asked"
    options = ("--reboot", "own", "--reboot-command", f"touch {asked}")
    await node.want("halves")
    node.start(*options)
    await node.state("rebooting", "halves")
    await node.until("rebooted", asked.exists)
    node.kill()
    asked.unlink()
    # A reboot that does not help is not repeated.
    node.boot.write_text("boot-2\n")
    node.start(*options)
    await node.state("failed", "halves")
    assert "was rebooted" in node.annotation("reason")
    await asyncio.sleep(0.5)
    assert not asked.exists()
    node.kill()
    await reboot(node)
    node.start(*options)
    await node.state("success", "halves")
    await node.agrees("halves", LAYOUTS)


async def a_reboot_command_does_not_return(node: Node):
    """The agent sees what is wanted meanwhile, ends the command if it is not wanted any more, and otherwise after a while."""
    options = ("--reboot", "own", "--reboot-command", "sleep 1000", "--reboot-limit")
    await node.want("halves")
    node.start(*options, "100")
    await node.state("rebooting", "halves")
    await node.until("sleeps", lambda: group(node))
    await node.want("all-disabled")
    await node.state("success", "all-disabled", 10)
    await node.until("ended", lambda: not group(node))
    await node.end(within=3)
    await node.want("halves")
    node.start(*options, "2")
    await node.until("given up", lambda: "it took longer than 2 s" in (node.annotation("reason") or ""))
    await node.state("failed", "halves")
    assert not group(node) and (await node.get("/healthz"))[0] == 200


async def the_file_is_corrected_while_a_reboot_command_runs(node: Node):
    """It is ended before anything is changed, whether or not the layout can be made."""
    namespace = f"of-{node.name}"
    unfit, corrected = LAYOUTS.replace("3g.20gb: 2", "4g.20gb: 2"), LAYOUTS.replace("true, mig-devices: {3g.20gb: 2}", "false")
    options = ("--config-map-namespace", namespace, "--reboot", "own", "--reboot-command", "sleep 1000")
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("halves")
    node.start(*options)
    for text, state in ((unfit, "failed"), (corrected, "success")):
        await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
        await node.state("rebooting", "halves")
        await node.until("sleeps", lambda: group(node))
        await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": text})
        await node.state(state, "halves")
        await node.until("ended", lambda: not group(node))
    await node.agrees("halves", corrected)


async def a_reboot_command_starts_others(node: Node):
    """They end with it, whether they want to or not; what a command that succeeded has left is none of the agent's business."""
    script, rebooted = node.folder / "reboot.sh", node.folder / "rebooted"
    options = ("--reboot", "own", "--reboot-command", f"sh {script}", "--reboot-limit")
    waits = f"sh -c 'sleep 5; touch {rebooted}; true'"
    for stubborn in ("", "trap '' TERM\n"):
        for why in ("not wanted", "too long", "fails", "the agent ends"):
            last = "exit 3" if why == "fails" else "wait"
            script.write_text(f"{stubborn}{waits} &\nsleep 0.5\n{last}\n")
            await node.want("halves")
            node.start(*options, "1" if why == "too long" else "100")
            await node.until("runs", lambda: len(group(node)) > 1)
            if why == "not wanted":
                await node.want(None)
                await node.until("taken back", lambda: node.label(STATE) is None)
            elif why == "the agent ends":
                await node.end(within=3)
                assert not group(node), f"{node.name}: {node.last_lines()}"
                node.start("--reboot", "none")
                await node.state("failed", "halves")
            else:
                await node.state("failed", "halves")
                assert {"too long": "longer than 1 s", "fails": "exit status: 3"}[why] in node.annotation("reason")
            await node.until("ended", lambda: not group(node), 4)
            assert not rebooted.exists(), f"{node.name}: {why}: {node.last_lines()}"
            await node.want(None)
            await node.until("taken back", lambda: node.label(STATE) is None or node.label(STATE) == "failed")
            await node.end(within=2)
            assert node.annotation("reboot") is None, node.metadata
    assert not rebooted.exists(), node.name
    script.write_text(f"{waits} &\n")
    await node.want("halves")
    node.start(*options, "100")
    await node.until("rebooted", rebooted.exists)


async def all_is_well_before_the_next_reboot(node: Node):
    """The command failed, and somebody has reset the GPU and made the layout: the node is not rebooted for it any more."""
    asked, script = node.folder / "asked", node.folder / "reboot.sh"
    script.write_text("exit 3\n")
    await node.want("halves")
    node.start("--reboot", "own", "--reboot-command", f"sh {script}")
    await node.state("failed", "halves")
    assert "exit status: 3" in node.annotation("reason"), node.annotation("reason")
    script.write_text(f"touch {asked}\n")
    await by_itself(node)
    # The next try is due after a quarter of a minute at most, and the next look much later.
    await node.state("success", "halves", 40)
    assert not asked.exists() and node.annotation("reboot") is None


async def all_is_well_while_a_reboot_is_asked_for(node: Node):
    """It is taken back, and nobody else's annotation is, whatever somebody wrote into the note."""
    await node.want("halves")
    node.start("--reboot", "annotation", "--reboot-annotation", "example.com/reboot", "--fit-period", "2")
    await node.state("rebooting", "halves")
    notes = lambda: node.metadata["annotations"]
    assert notes()["example.com/reboot"] == "true"
    edits = {OURS + "reboot-asked-by": "somebody/else", "somebody/else": "precious"}
    await node.api.patch(NODES, None, node.name, metadata={"annotations": edits})
    await by_itself(node)
    await node.state("success", "halves")
    assert notes()["somebody/else"] == "precious" and "example.com/reboot" not in notes(), notes()


async def by_itself(node: Node):
    """Not by the agent."""
    await node.simulate("reset-gpu", "--gpu", "0")
    await node.nvml_mig("apply", "--yes", "--lock-folder", node.folder / "lock", "2*3g.20gb")


def group(node: Node):
    """The processes of the reboot command: its process group is led by a child of a thread of the agent, or was."""
    threads = pathlib.Path(f"/proc/{node.agent.pid}/task").iterdir() if node.agent else ()
    node.leaders |= {int(child) for it in threads for child in (it / "children").read_text().split()}
    found = []
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, leader, *_ = stat.read_text().rpartition(")")[2].split()
            if int(leader) in node.leaders and state != "Z":
                found.append(stat.parent.name)
    return found


async def reboot(node: Node):
    await node.simulate("reboot")
    node.boot.write_text("boot-3\n")


PASSED_THROUGH = "a100-sxm4-40gb,mig=off,virtualization=pass-through"
SCENARIOS = [
    (a_reboot_is_asked_for, PASSED_THROUGH),
    (a_reboot_is_not_wanted_any_more, PASSED_THROUGH),
    (the_file_is_corrected_before_the_reboot, PASSED_THROUGH),
    (it_reboots, PASSED_THROUGH),
    (a_reboot_command_does_not_return, PASSED_THROUGH),
    (the_file_is_corrected_while_a_reboot_command_runs, PASSED_THROUGH),
    (a_reboot_command_starts_others, PASSED_THROUGH),
    (all_is_well_before_the_next_reboot, PASSED_THROUGH),
    (all_is_well_while_a_reboot_is_asked_for, PASSED_THROUGH),
]
