"""What somebody writes on the node or into the file by mistake: it costs nobody an instance."""

from api_server import CONFIG_MAPS, NODES
from memory import CHANGED, by_hand, layouts
from node import OURS, Node
from scenarios import CONFIG_MAP, LAYOUTS, slow_down


async def annotations_that_somebody_edited(node: Node):
    """While no agent runs. What can't be understood stands for all GPUs."""
    await node.want("halves")
    node.start()
    await node.state("success", "halves")
    await node.end(within=2)
    await by_hand(node, "apply", "--yes", "7*1g.5gb")
    applied = node.annotation("applied")
    right = {"applied": applied, "config": "halves"}
    for edit in ({"applied": f'"{applied}"'}, {"applied": applied[:-4]}, {"applied": ""}, {"config": "balanced"}, {"config": ""}):
        notes = {OURS + name: value for name, value in {**right, "reason": None, **edit}.items()}
        await node.api.patch(NODES, None, node.name, metadata={"annotations": notes})
        node.start()
        await node.until("seen", lambda: CHANGED in (node.annotation("reason") or ""))
        await node.end(within=2)
        assert "1g.5gb:6" in await layouts(node), edit
    # A change of the label that nobody saw is one all the same.
    await node.want("balanced")
    node.start()
    await node.state("success", "balanced")
    await node.agrees("balanced", LAYOUTS)


async def a_profile_that_is_wrong_when_a_change_ends(node: Node):
    """No GPU ever had that, so it is no other layout: what a person makes meanwhile stays when the file is right again."""
    namespace = f"of-{node.name}"
    options = ("--config-map-namespace", namespace)
    wrong = LAYOUTS.replace("3g.20gb: 2", "9g.20gb: 2")
    await node.api.create(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.want("all-1g.5gb")
    node.start(*options)
    await node.state("success", "all-1g.5gb")
    await slow_down(node, 150)
    await node.want("halves")
    await node.until("changing", lambda: "[3/18]" in node.last_lines())
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": wrong})
    await node.until("said to be wrong", lambda: "9g.20gb" in node.annotation("reason"))
    await node.simulate("clear-faults")
    node.kill()
    await by_hand(node, "apply", "--yes", "7g.40gb")
    node.start(*options)
    await node.state("failed", "halves")
    await node.api.patch(CONFIG_MAPS, namespace, CONFIG_MAP, data={"config.yaml": LAYOUTS})
    await node.until("seen", lambda: CHANGED in node.annotation("reason"))
    assert "7g.40gb" in await layouts(node)


SCENARIOS = [
    (annotations_that_somebody_edited, "a100-sxm4-40gb"),
    (a_profile_that_is_wrong_when_a_change_ends, "a100-sxm4-40gb"),
]
