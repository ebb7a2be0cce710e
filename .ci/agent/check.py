"""Checks the agent against an API server of others, on simulated GPUs.

check.py PROGRAMS FOLDER [SCENARIO...]     all scenarios, or some
check.py PROGRAMS FOLDER gone SECONDS      the API server is gone for that long
check.py PROGRAMS FOLDER crowd AGENTS      many agents at once, and how much they ask

PROGRAMS is the folder of nvml-mig, built with the feature kubernetes, and nvml-mig-sim.
"""

import asyncio
import pathlib
import shutil
import sys
import time
import traceback

import kmock

import crowd
import gone
from api_server import CONFIG_MAPS, ApiServer
from node import Node
from relay import Relay
from scenarios import CONFIG_MAP, LAYOUTS, NAMESPACE, SCENARIOS

KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: it, cluster: {{server: "{url}"}}}}]
users: [{{name: it, user: {{}}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
current-context: it
"""


async def run(scenario, gpu, api, programs, folder):
    node = Node(api, programs, folder, scenario.__name__.replace("_", "-"), gpu)
    began = time.monotonic()
    try:
        await node.create()
        await scenario(node)
        print(f"{node.name}: {time.monotonic() - began:.1f} s", flush=True)
        return True
    except Exception:
        print(f"FAILED {node.name}: {traceback.format_exc()}\n{node.last_lines()}", flush=True)
        return False
    finally:
        await node.close()


async def main(programs, folder, *arguments):
    programs, folder = pathlib.Path(programs).absolute(), pathlib.Path(folder).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    async with ApiServer(strict=False) as api, kmock.Server(api) as server:
        relay = Relay(server.port)
        await relay.mend()
        (folder / "kubeconfig").write_text(KUBECONFIG.format(url=f"http://127.0.0.1:{relay.port}"))
        await api.create(CONFIG_MAPS, NAMESPACE, CONFIG_MAP, data={"config.yaml": LAYOUTS})
        match arguments:
            case ("gone", seconds):
                scenarios = [(gone.for_seconds(relay, float(seconds)), "a100-sxm4-40gb")]
            case ("crowd", agents):
                await crowd.crowd(api, programs, folder, int(agents))
                await relay.cut()
                return 0
            case names:
                scenarios = [it for it in SCENARIOS if not names or it[0].__name__ in names]
        done = await asyncio.gather(*(run(*it, api, programs, folder) for it in scenarios))
        await relay.cut()
        print(f"{sum(done)} passed, {len(done) - sum(done)} failed")
        return 0 if done and all(done) else 1


sys.exit(asyncio.run(main(*sys.argv[1:])))
