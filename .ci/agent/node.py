"""A node: its object, its simulated GPUs, the agent, and what NVIDIA's operator does there."""

import asyncio
import contextlib
import os
import pathlib
import random
import signal
import socket
import subprocess
import urllib.request

from api_server import NODES, PODS, ApiServer

STATE = "nvidia.com/mig.config.state"
CONFIG = "nvidia.com/mig.config"
DEPLOY = "nvidia.com/gpu.deploy."
OURS = "nvml-mig.github.io/"
# The label `app` of the pods of each client.
APPS = {"device-plugin": "nvidia-device-plugin-daemonset", "gpu-feature-discovery": "gpu-feature-discovery", "dcgm": "nvidia-dcgm"}
# All that the operator deploys, with what its administrator chose; dcgm-exporter is not deployed at all.
CLIENTS = {"device-plugin": "true", "gpu-feature-discovery": "true", "dcgm": "false", "nvsm": "true"}

# A pod has a container, whatever it is.
ANY = {"containers": [{"name": "it", "image": "it"}]}


def free_port():
    """Not one of those that the kernel gives to connections: it might be taken until the agent begins."""
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


class Node:
    def __init__(self, api: ApiServer, programs: pathlib.Path, folder: pathlib.Path, name, gpu="a100-sxm4-40gb"):
        self.api, self.programs, self.name = api, programs, name
        self.folder = folder / name
        self.gpu = gpu
        self.agent = None
        self.stuck = set()
        # The children of its agents that were seen.
        self.leaders = set()
        self.port = free_port()
        self.log = None
        self.boot = self.folder / "proc/sys/kernel/random/boot_id"

    async def create(self, **labels):
        self.boot.parent.mkdir(parents=True)
        self.boot.write_text("boot-1\n")
        self.log = open(self.folder / "log", "ab")
        gpus = [f"--gpu={gpu}" for gpu in self.gpu.split("+")]
        await self.simulate("run", "--quiet", *gpus, "--", "true")
        deploy = {DEPLOY + client: value for client, value in CLIENTS.items()}
        labels = {DEPLOY + "mig-manager": "false", **deploy, **labels}
        await self.api.create(NODES, None, self.name, metadata={"labels": labels})
        self.operator = asyncio.create_task(self.operate())

    async def operate(self):
        """Runs the pods that the labels ask for, and ends the others after a moment."""
        while True:
            for client, app in APPS.items():
                name = f"{app}-{self.name}"
                wanted = self.label(DEPLOY + client) == "true"
                there = self.api.find(PODS, "gpu-operator", name)
                if wanted and not there:
                    await self.api.create(PODS, "gpu-operator", name, metadata={"labels": {"app": app}}, spec={"nodeName": self.name, **ANY})
                elif not wanted and there and app not in self.stuck:
                    await self.api.delete(PODS, "gpu-operator", name)
            await asyncio.sleep(0.05)

    # What a person does.
    async def simulate(self, *arguments, check=True):
        command = [self.programs / "nvml-mig-sim", arguments[0], "--state", self.folder / "machine.json", *arguments[1:]]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True)
        assert not check or done.returncode == 0, f"{self.name}: {arguments}: {done.stderr}"
        return done

    async def nvml_mig(self, *arguments, check=True):
        return await self.simulate("run", "--quiet", "--", self.programs / "nvml-mig", *arguments, check=check)

    async def begin_by_hand(self, *arguments):
        """Begins a change with the agent's lock, and returns its process once it is at work."""
        steps = lambda: (self.folder / "log").read_text().count("[1/")
        before = steps()
        command = [self.programs / "nvml-mig-sim", "run", "--quiet", "--state", self.folder / "machine.json", "--"]
        command += [self.programs / "nvml-mig", *arguments, "--lock-folder", self.folder / "lock"]
        changing = await asyncio.create_subprocess_exec(*command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        await self.until("at work", lambda: steps() > before)
        return changing

    async def want(self, config):
        await self.api.patch(NODES, None, self.name, metadata={"labels": {CONFIG: config}})

    # The agent.
    def start(self, *options, identity=None, port=None, address="127.0.0.1"):
        environment = {
            **os.environ,
            "KUBECONFIG": str(self.folder.parent / "kubeconfig"),
            "NODE_NAME": self.name,
            "POD_NAME": identity or f"agent-{self.name}",
            "NVML_MIG_LOCK_FOLDER": str(self.folder / "lock"),
            "NVML_MIG_HOST_PROC": str(self.folder / "proc"),
        }
        command = [self.programs / "nvml-mig-sim", "run", "--quiet", "--state", self.folder / "machine.json", "--"]
        # As in the manifest, except for what is to be otherwise.
        arguments = [it for it in self.api.arguments if it.partition("=")[0] not in options]
        command += [self.programs / "nvml-mig", *arguments, "--listen", f"{address}:{port or self.port}"]
        command += ["--retry-delay", "1", *options]
        agent = subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)
        if self.agent is None:
            self.agent = agent
        return agent

    def kill(self):
        """As the kernel does it to a container."""
        self.agent.kill()
        self.agent.wait()
        self.agent = None

    async def end(self, within=1.0):
        """Ends it as Kubernetes does, and returns how long it took."""
        agent, self.agent, took = self.agent, None, 0.0
        began = asyncio.get_running_loop().time()
        agent.send_signal(signal.SIGTERM)
        while agent.poll() is None:
            await asyncio.sleep(0.01)
            took = asyncio.get_running_loop().time() - began
            assert took < 20, f"{self.name}: the agent does not end"
        assert agent.returncode == 0, f"{self.name}: ended with {agent.returncode}"
        # It may take as long again where other processes use the machine.
        assert took < 2 * within, f"{self.name}: it took {took:.1f} s to end"
        return took

    async def get(self, path, address="127.0.0.1"):
        def read():
            try:
                with urllib.request.urlopen(f"http://{address}:{self.port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                return error.code, ""

        return await asyncio.to_thread(read)

    def is_scheduled(self):
        """Whether the DaemonSets, by their affinities, run the agent here."""
        fits = {"Exists": lambda it, value: value is not None, "In": lambda it, value: value in it["values"]}
        is_right = lambda it: fits[it["operator"]](it, self.label(it["key"]))
        found = {any(all(map(is_right, term["matchExpressions"])) for term in terms) for terms in self.api.affinities}
        assert len(found) == 1, f"{self.name}: the kustomizations do not agree: {self.metadata}"
        return found.pop()

    # What there is.
    @property
    def metadata(self):
        return self.api.find(NODES, None, self.name)["metadata"]

    def label(self, name):
        return self.metadata.get("labels", {}).get(name)

    def annotation(self, name):
        return self.metadata.get("annotations", {}).get(OURS + name)

    def paused(self):
        return [client for client in CLIENTS if self.label(DEPLOY + client) == "paused-for-mig-change"]

    async def until(self, what, condition, seconds=30):
        for _ in range(int(seconds * 50)):
            if condition():
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"{self.name}: not within {seconds} s: {what}; the node is {self.metadata}\n{self.last_lines()}")

    async def state(self, state, config=None, seconds=30):
        def is_so():
            return self.label(STATE) == state and (config is None or self.annotation("config") == config) and not self.paused()

        await self.until(f"{state} {config or ''}", is_so, seconds)

    async def agrees(self, config, layouts):
        """The label, the annotations, the GPU and the clients say the same."""
        assert self.label(STATE) == "success", f"{self.name}: {self.metadata}"
        assert self.annotation("config") == config == self.label(CONFIG), f"{self.name}: {self.metadata}"
        file = self.folder / "layouts.yaml"
        file.write_text(layouts)
        said = await self.nvml_mig("assert", "--file", file, "--config", config, check=False)
        assert said.returncode == 0, f"{self.name}: {config} is not in place: {said.stdout}{said.stderr}\n{self.last_lines()}"
        self.nobody_is_paused()

    def nobody_is_paused(self):
        found = {client: self.label(DEPLOY + client) for client in CLIENTS}
        assert found == CLIENTS, f"{self.name}: {found}\n{self.last_lines()}"
        assert self.annotation("paused-clients") is None, f"{self.name}: {self.metadata}"

    def last_lines(self):
        return "\n".join((self.folder / "log").read_text(errors="replace").splitlines()[-30:])

    async def close(self):
        self.operator.cancel()
        if self.agent:
            self.kill()
        self.log.close()
