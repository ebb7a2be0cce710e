#!/usr/bin/env python3
"""Checks the agent against an API server of others, on simulated GPUs.

check.py PROGRAMS KUBECTL FOLDER [SCENARIO...]     all scenarios, or some
check.py PROGRAMS KUBECTL FOLDER gone SECONDS      the API server is gone for that long
check.py PROGRAMS KUBECTL FOLDER crowd AGENTS      many agents at once, and how much they ask
check.py PROGRAMS KUBECTL FOLDER real KUBE-APISERVER ETCD [SCENARIO...]
                                                   all scenarios against Kubernetes' own API server, with its roles

PROGRAMS is the folder of nvml-mig, built with the feature kubernetes, and nvml-mig-sim. The agents run as the manifest says.
"""

import asyncio
import inspect
import pathlib
import re
import shutil
import sys
import time
import traceback

import kmock

import crowd
import doubts
import edits
import gone
import memory
import reboots
import refusals
import rights
import scenarios as usual
import watches
from api_server import CONFIG_MAPS, ApiServer
from node import Node
from real_server import RealServer
from relay import Relay
from scenarios import CONFIG_MAP, LAYOUTS, OPERATOR

# More at once would be slower than what they wait for.
AT_ONCE = asyncio.Semaphore(20)
SCENARIOS = [
    *usual.SCENARIOS, *doubts.SCENARIOS, *memory.SCENARIOS, *reboots.SCENARIOS, *refusals.SCENARIOS, *edits.SCENARIOS,
    *watches.SCENARIOS,
]
KUBERNETES = pathlib.Path(__file__).parents[2] / "nvml-mig-cli/kubernetes/with-gpu-operator"
KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: it, cluster: {{server: "{url}", certificate-authority: "{authority}"}}}}]
users: [{{name: it, user: {{token: secret}}}}]
contexts: [{{name: it, context: {{cluster: it, user: it}}}}]
current-context: it
"""


async def run(*arguments):
    async with AT_ONCE:
        return await run_now(*arguments)


async def run_now(scenario, gpu, api, programs, folder):
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


async def main(programs, kubectl, folder, *arguments):
    programs, folder = pathlib.Path(programs).absolute(), pathlib.Path(folder).absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    objects = rights.manifest(kubectl, KUBERNETES)
    agent = pod_of(objects)["containers"][0]
    affinities = [terms_of(pod_of(it)) for it in (objects, rights.manifest(kubectl, KUBERNETES.parent / "base"))]
    assert agent["command"] == ["nvml-mig"]
    match arguments:
        case ("real", api_server, etcd, *names):
            return await against_the_real_one(programs, folder, objects, (agent, affinities), (api_server, etcd), names)
    async with ApiServer(strict=False) as api, kmock.Server(api) as server:
        relay = Relay(server.port, folder / "authority.pem")
        await relay.mend()
        write_kubeconfig(folder, relay.port)
        api.arguments, api.affinities = agent["args"], affinities
        await api.create(CONFIG_MAPS, OPERATOR, CONFIG_MAP, data={"config.yaml": LAYOUTS})
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
        # The scenarios with a namespace of their own stand for the operator's.
        asked = {it for it in api.asked if not (it[2] or "").startswith("of-")}
        if not arguments:
            done.append(rights.compare(asked, objects))
        return judge(done)


async def against_the_real_one(programs, folder, objects, agent_and_affinities, servers, names):
    api = RealServer(*servers, folder)
    try:
        await api.start(objects)
        write_kubeconfig(folder, api.port)
        agent, api.affinities = agent_and_affinities
        api.arguments = agent["args"]
        await api.create(CONFIG_MAPS, OPERATOR, CONFIG_MAP, data={"config.yaml": LAYOUTS})
        # The roles do not let it see another namespace's file, there is no webhook, and watches expire when it likes.
        scenarios = [it for it in SCENARIOS if not re.search("config-map-namespace|refused|expire|watched", inspect.getsource(it[0]))]
        scenarios = [it for it in scenarios if not names or it[0].__name__ in names]
        return judge(await asyncio.gather(*(run(*it, api, programs, folder) for it in scenarios)))
    finally:
        await api.stop()


def pod_of(objects):
    return next(it for it in objects if it["kind"] == "DaemonSet")["spec"]["template"]["spec"]


def terms_of(pod):
    return pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"]


def write_kubeconfig(folder, port):
    text = KUBECONFIG.format(url=f"https://127.0.0.1:{port}", authority=folder / "authority.pem")
    (folder / "kubeconfig").write_text(text)


def judge(done):
    print(f"{sum(done)} passed, {len(done) - sum(done)} failed")
    return 0 if done and all(done) else 1


sys.exit(asyncio.run(main(*sys.argv[1:])))
